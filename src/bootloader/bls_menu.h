/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_menu.h - the entries of the Boot Loader Specification in the order of a boot loader's menu,
 * and which of them is GRUB's default
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BLS_MENU_H
#define VFIO_CLAIM_BOOTLOADER_BLS_MENU_H

#include <stddef.h>

#include "boot_menu.h"

struct bls_item {
	const struct menu_entry *entry; /* of the boot menu */
	char *name;                     /* see bls_name() */
	char *text;                     /* of the file */
};

/* Sorted as menus show them: newer kernels first. All zero is the empty one. */
struct bls_menu {
	struct bls_item *item;
	size_t count;
};

/* Reads the entries of @menu, which must outlive @all. What cannot be read is left out. */
void bls_menu_read(struct bls_menu *all, const char *sysroot, const struct boot_menu *menu);

void bls_menu_free(struct bls_menu *all);

/*
 * Returns the entry that GRUB starts when its default is @name: a name, a title, or a number in the
 * menu. The first normal entry when @name is NULL, not in this menu, or not a normal entry. NULL
 * when no entry is normal.
 */
const struct bls_item *bls_menu_grub_default(const struct bls_menu *all, const char *name);

/*
 * Returns the entry that GRUB itself chooses, of any kind: the very first one when @name is not in
 * this menu. NULL when the menu is empty.
 */
const struct bls_item *bls_menu_grub_choice(const struct bls_menu *all, const char *name);

#endif
