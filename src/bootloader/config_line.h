/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_line.h - other words in the files where this system keeps its kernel command line, which
 * will be on it once the boot menu is rebuilt
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CONFIG_LINE_H
#define VFIO_CLAIM_BOOTLOADER_CONFIG_LINE_H

#include "boot_config.h"

/*
 * Returns the command line that an entry of the menu will have once @config has been set:
 * @cmdline, its present one, with the words of GRUB's settings that it lacks; for a unified kernel
 * image and for sdbootutil /etc/kernel/cmdline, with the files in /etc/cmdline.d if these are
 * @config; for proxmox-boot-tool with systemd-boot its first line; for others the words that
 * @config->words returns and @cmdline lacks. @file: of the entry, or NULL.
 * @config: NULL for none. Words that a shell would expand are left out. A new string, or NULL after
 * printing an error.
 */
char *config_line_next(const char *sysroot, const struct boot_config *config, const char *file,
		       const char *cmdline);

/*
 * Returns the path of the file with GRUB's settings, other than /etc/default/grub.d/vfio-claim.cfg,
 * that has @word literally: a new string, or NULL.
 */
char *config_line_place(const char *sysroot, const char *word);

/* Returns true if @config is GRUB's settings, for the next boot; @config may be NULL. */
bool config_line_is_grubs(const char *sysroot, const struct boot_config *config);

#endif
