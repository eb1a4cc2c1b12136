/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_default.h - the default entry of the boot menu
 *
 * GRUB: by its grub.cfg and grubenv (GRUB's manual, "default", "Invoking grub-reboot"), and with
 * entries of the Boot Loader Specification by the order of Fedora's blscfg. systemd-boot: by
 * variables of the firmware, loader.conf(5), and its own order of entries (systemd's
 * src/boot/boot.c).
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H
#define VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H

#include <stdbool.h>

#include "boot_menu.h"

struct menu_default {
	/*
	 * The entry, of the menu that was given; when it is not known which one it is, the first
	 * normal one. NULL when the menu has no normal entry.
	 */
	const struct menu_entry *entry;
	/* NULL when it is known; otherwise why it is not, for a person: a constant. */
	const char *unknown;
};

/*
 * Finds the entry that the next boot starts, which may have been chosen for that boot alone
 * (grub-reboot, bootctl set-oneshot, vfio-claim try). @menu: from boot_menu_read(). @sysroot: see
 * path_below().
 */
struct menu_default menu_default_next(const struct boot_menu *menu, const char *sysroot);

/* The same for all later boots: what was chosen for one boot does not count. */
struct menu_default menu_default_lasting(const struct boot_menu *menu, const char *sysroot);

#endif
