/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_default.h - which entry of the boot menu is started when nobody chooses
 *
 * GRUB: its grub.cfg and grubenv (GRUB's manual, "default", "Invoking grub-reboot"), and with the
 * entries of the Boot Loader Specification the order of Fedora's blscfg. systemd-boot: variables of
 * the firmware and loader.conf(5), and its own order of entries (systemd's src/boot/boot.c).
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H
#define VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H

#include <stdbool.h>

#include "boot_menu.h"

struct menu_default {
	/*
	 * The entry, of the menu that was given. Where it is not known which one it is: the first
	 * normal one. NULL when the menu has no normal entry.
	 */
	const struct menu_entry *entry;
	/* NULL when it is known; otherwise why it is not, for a person: a constant. */
	const char *unknown;
};

/*
 * Finds the entry that the next boot starts, which may be one that was chosen for that boot alone
 * (grub-reboot, bootctl set-oneshot, vfio-claim try). @menu: what boot_menu_read() has given.
 * @sysroot: see path_below().
 */
struct menu_default menu_default_next(const struct boot_menu *menu, const char *sysroot);

/* The same for all boots to come: what was chosen for one boot does not count. */
struct menu_default menu_default_lasting(const struct boot_menu *menu, const char *sysroot);

#endif
