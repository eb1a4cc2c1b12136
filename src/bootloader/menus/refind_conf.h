/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refind_conf.h - the text of a refind_linux.conf. Each line has a title and options, both in
 * quotes; rEFInd starts the first line by default. It reads "" in quotes as a quote
 * (refind/config.c). Pure. The caller frees returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_REFIND_CONF_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_REFIND_CONF_H

#include <stddef.h>

/*
 * Returns the options of line @index, counted from 0; lines that are not two texts in quotes are
 * skipped. NULL with errno: ENOENT if there are fewer lines, or ENOMEM.
 */
char *refind_conf_options(const char *text, size_t index);

/*
 * Returns the kernel command line of the first line. NULL with errno: ENOENT if there is no line,
 * EINVAL if it is not two texts in quotes, or ENOMEM.
 */
char *refind_conf_default(const char *text);

/*
 * Returns @text with @words on the first line, as by cmdline_with(); the other lines, which are for
 * single-user mode or have few options, stay. NULL with errno, as refind_conf_default() and
 * cmdline_with().
 */
char *refind_conf_with(const char *text, const char *words);

/* Returns the number of the first line, counted from 1; 0 if there is none. */
unsigned int refind_conf_line(const char *text);

#endif
