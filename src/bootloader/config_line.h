/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_line.h - what other than claims is in the files where this system keeps its kernel command
 * line, and will be on the next boot's line once the boot menu is rebuilt
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CONFIG_LINE_H
#define VFIO_CLAIM_BOOTLOADER_CONFIG_LINE_H

#include "boot_config.h"

/*
 * The command line that an entry of the menu will have once @config has been set: @cmdline, its
 * present one, with what GRUB's settings have and it lacks; of a unified kernel image
 * /etc/kernel/cmdline. @file: that the entry stands in, or NULL. @config: NULL for none. Words that
 * a shell would put in are not known and left out. Returns a new string, or NULL after printing an
 * error.
 */
char *config_line_next(const char *sysroot, const struct boot_config *config, const char *file,
		       const char *cmdline);

/*
 * Returns the path of the file of GRUB's settings, other than /etc/default/grub.d/vfio-claim.cfg,
 * that contains @word literally: a new string, or NULL.
 */
char *config_line_place(const char *sysroot, const char *word);

/*
 * Tells a person how to remove @word from the kernel command line here: a command, or which file
 * to change and what to run then. @file: the file with the menu's entry, or NULL. Returns a new
 * string, or NULL without memory.
 */
char *config_line_removal(const char *sysroot, const char *file, const char *word);

#endif
