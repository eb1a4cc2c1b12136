/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_menu.h - the entries of the Boot Loader Specification in a boot loader's order, and which of
 * them it starts by itself
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

/* Reads those that @menu has, which has to stay. What cannot be read is left out. */
void bls_menu_read(struct bls_menu *all, const char *sysroot, const struct boot_menu *menu);

void bls_menu_free(struct bls_menu *all);

/*
 * The entry that GRUB starts whose "default" is @name: a name, a title, or a number in the menu.
 * When that is NULL, nothing of this menu, or no normal entry: the first that is normal. NULL when
 * none is.
 */
const struct bls_item *bls_menu_grub_default(const struct bls_menu *all, const char *name);

/*
 * The same as GRUB itself chooses: an entry of any kind, and the very first one when @name is not
 * in this menu. NULL when the menu is empty.
 */
const struct bls_item *bls_menu_grub_choice(const struct bls_menu *all, const char *name);

#endif
