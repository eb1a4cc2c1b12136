/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_default.h - the default entry of the boot menu
 *
 * GRUB: from its grub.cfg and grubenv (GRUB's manual, "default", "Invoking grub-reboot"), and for
 * entries of the Boot Loader Specification the order of Fedora's blscfg. systemd-boot: from EFI
 * variables, loader.conf(5), and its own order of entries (systemd's src/boot/boot.c). limine: from
 * its limine.conf. rEFInd: if there is only one kernel. U-Boot: from its extlinux.conf.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H
#define VFIO_CLAIM_BOOTLOADER_MENU_DEFAULT_H

#include <stdbool.h>

#include "boot_menu.h"

struct menu_default {
	/*
	 * The entry, in the caller's menu; if the default is not known, the first normal one. NULL
	 * if the menu has no normal entry.
	 */
	const struct menu_entry *entry;
	/* NULL if the default is known; otherwise the reason, for a message: a constant. */
	const char *unknown;
};

/*
 * Finds the entry that the next boot starts, which may have been chosen for that boot alone
 * (grub-reboot, bootctl set-oneshot, vfio-claim try). @menu: from boot_menu_read(). @sysroot: see
 * path_below().
 */
struct menu_default menu_default_next(const struct boot_menu *menu, const char *sysroot);

/* The same for later boots: a choice for one boot does not count. */
struct menu_default menu_default_lasting(const struct boot_menu *menu, const char *sysroot);

#endif
