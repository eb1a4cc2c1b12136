/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_cmdline_file.h - /etc/kernel/cmdline, from which kernel-install(8), mkinitcpio(8) and
 * sdbootutil take the command line for what they make. @sysroot: see path_below().
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_KERNEL_CMDLINE_FILE_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_KERNEL_CMDLINE_FILE_H

#include <stdbool.h>

#include "../../host/changes.h"
#include "../../host/string_set.h"
#include "../kernel_cmdline.h" /* KERNEL_CMDLINE_FILE */

/*
 * Returns our words in the file or, if it does not exist, in the boot menu: a new string, or NULL
 * after printing an error.
 */
char *kernel_cmdline_file_read(const char *sysroot);

/* Returns all words in the file, none if it cannot be read. The caller frees the set. */
struct string_set kernel_cmdline_file_words(const char *sysroot);

/*
 * Adds the step that sets @words in the file. If it does not exist, it is made only if @make is
 * set, from what those tools use instead: /usr/lib/kernel/cmdline, or the running command line.
 * Returns 0, or -1 after printing an error.
 */
int kernel_cmdline_file_set(struct changes *changes, const char *words, bool make);

#endif
