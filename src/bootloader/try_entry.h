/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_entry.h - a boot menu entry with claims that is started once, at the next boot; the boot
 * after that is as before in any case
 */
#ifndef VFIO_CLAIM_BOOTLOADER_TRY_ENTRY_H
#define VFIO_CLAIM_BOOTLOADER_TRY_ENTRY_H

#include "../host/changes.h"
#include "boot_menu.h"

/*
 * Adds the steps that copy the default entry, with @words on its kernel command line, and choose
 * the copy for the next boot; none if that is done. Returns 0, or -1 after printing an error that
 * says what to do instead.
 */
int try_entry_add(struct changes *changes, const char *words);

/*
 * Adds the steps that remove such an entry and clear the choice; none if there is neither. Returns
 * 0, or -1 after printing an error.
 */
int try_entry_remove(struct changes *changes);

/* The implementation for one boot loader, for try_entry.c. @menu: from boot_menu_read(). */
struct try_loader {
	/* Returns true if it starts this system. */
	bool (*is_here)(const char *sysroot, const struct boot_menu *menu);

	/* As above. */
	int (*add)(struct changes *changes, const struct boot_menu *menu, const char *words);
	int (*remove)(struct changes *changes, const struct boot_menu *menu);
};

/* GRUB, with entries in its grub.cfg: custom.cfg, grub-reboot. */
extern const struct try_loader try_grub;

/* GRUB, with entries of the Boot Loader Specification: one more file, grub2-reboot. */
extern const struct try_loader try_grub_entries;

/* systemd-boot: one more file, bootctl set-oneshot. */
extern const struct try_loader try_systemd_boot;

#endif
