/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_default.h - the default of a grub.cfg, as far as its variables determine it (GRUB's manual,
 * "default", "Invoking grub-reboot"). Pure. The caller frees returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_DEFAULT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_DEFAULT_H

#include <stdbool.h>

/*
 * Returns the name of the default of @text, a grub.cfg: "0", "submenu>entry", an id or a title;
 * NULL if it is not set.
 * @environment: the text of grubenv, whose saved_entry may be the default; or NULL.
 * @once: a choice for one boot, next_entry, counts, too, and so does what GRUB falls back to when
 * boots have failed (fallback/).
 */
char *grub_default_name(const char *text, const char *environment, bool once);

/*
 * Returns the first value that @text sets the variable @name to, under any condition; NULL if it is
 * not set.
 */
char *grub_default_setting(const char *text, const char *name);

#endif
