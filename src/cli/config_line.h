/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_line.h - what else than claims stands where this system keeps its kernel command line, and
 * will be on that of the next boot when the boot menu is made anew
 */
#ifndef VFIO_CLAIM_CLI_CONFIG_LINE_H
#define VFIO_CLAIM_CLI_CONFIG_LINE_H

#include "boot_config.h"

/*
 * The command line that an entry of the menu will have once @config has been set: @cmdline, its
 * present one, with what GRUB's settings have and it lacks; of a unified kernel image
 * /etc/kernel/cmdline. @file: that the entry stands in, or NULL. @config: NULL for none. Words that
 * a shell would put in are not known and left out. Returns a new string, or NULL after a message.
 */
char *config_line_next(const char *sysroot, const struct boot_config *config, const char *file,
		       const char *cmdline);

/*
 * The file of GRUB's settings, other than /etc/default/grub.d/vfio-claim.cfg, in which @word stands
 * as it is. Returns a new string, or NULL.
 */
char *config_line_place(const char *sysroot, const char *word);

/*
 * How @word is taken off the kernel command line here, for a person: a command, or which file to
 * change and what to run then. @file: that the menu's entry stands in, or NULL. Returns a new
 * string, or NULL without memory.
 */
char *config_line_removal(const char *sysroot, const char *file, const char *word);

#endif
