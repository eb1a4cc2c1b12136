/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * extlinux_menu.h - the menu of an extlinux.conf, as U-Boot reads it (boot/pxe_utils.c). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_EXTLINUX_MENU_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_EXTLINUX_MENU_H

#include <stddef.h>

#include "../../host/string_set.h"

struct extlinux_item {
	char *label;
	char *title;   /* "menu label"; NULL: it has none */
	char *kernel;  /* NULL: it starts none */
	char *cmdline; /* NULL: none */
	struct string_set initrds;
};

/* All zero means empty. */
struct extlinux_menu {
	struct extlinux_item *item;
	size_t count;
	size_t chosen; /* the index of the item that is started by default; 0 if none is named */
};

/*
 * Reads the menu of @text. Returns 0, or -ENOMEM; the caller frees @menu in any case.
 */
int extlinux_menu_read(struct extlinux_menu *menu, const char *text);

void extlinux_menu_free(struct extlinux_menu *menu);

#endif
