/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_menu.h - the entries of the Boot Loader Specification in menu order, and GRUB's default among
 * them
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BLS_MENU_H
#define VFIO_CLAIM_BOOTLOADER_BLS_MENU_H

#include <stddef.h>

#include "boot_menu.h"

struct bls_item {
	const struct menu_entry *entry; /* in the boot menu */
	char *name;                     /* see bls_name() */
	char *text;                     /* the file's text */
};

/* Sorted as menus show them: newer kernels first. All zero means empty. */
struct bls_menu {
	struct bls_item *item;
	size_t count;
};

/* Reads the entries of @menu, which must outlive @all. Unreadable files are skipped. */
void bls_menu_read(struct bls_menu *all, const char *sysroot, const struct boot_menu *menu);

void bls_menu_free(struct bls_menu *all);

/*
 * Returns the entry that GRUB starts if its default is @name: a name, a title, or a number in the
 * menu. This is the first normal entry if @name is NULL, not in this menu, or not a normal entry.
 * NULL if no entry is normal.
 */
const struct bls_item *bls_menu_grub_default(const struct bls_menu *all, const char *name);

/*
 * Returns the entry, of any kind, that GRUB itself chooses: the first one if @name is not in the
 * menu. NULL if the menu is empty.
 */
const struct bls_item *bls_menu_grub_choice(const struct bls_menu *all, const char *name);

#endif
