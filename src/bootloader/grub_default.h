/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_default.h - what a grub.cfg starts by default, as far as its variables tell (GRUB's manual,
 * "default", "Invoking grub-reboot"). Pure. Returned strings are new and the caller's to free.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_DEFAULT_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_DEFAULT_H

#include <stdbool.h>

/*
 * Returns the name of what @text, a grub.cfg, starts when nobody chooses: "0", "submenu>entry", an
 * id or a title; NULL when it does not say.
 * @environment: the text of grubenv, or NULL; its saved_entry may be it.
 * @once: a choice for one boot, next_entry, counts.
 */
char *grub_default_name(const char *text, const char *environment, bool once);

/*
 * Returns the value that @text sets the variable @name to first, under whatever condition; NULL
 * when it is not set.
 */
char *grub_default_setting(const char *text, const char *name);

#endif
