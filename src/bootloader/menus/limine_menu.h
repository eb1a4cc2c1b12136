/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limine_menu.h - the menu of a limine.conf: its entries, and which one is the default (limine's
 * CONFIG.md, common/menu.c). Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_LIMINE_MENU_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_LIMINE_MENU_H

#include <stdbool.h>

#include "../../host/string_set.h"

/* An entry or a directory of entries. */
struct limine_item {
	char *title;   /* with those of its directories: "Arch Linux/linux" */
	size_t depth;  /* 1 at the top */
	bool expanded; /* a directory whose entries are shown */
	bool efi;      /* starts an EFI program, such as a unified kernel image */
	char *kernel;  /* the path of the kernel or program, without its partition; NULL: none */
	char *cmdline; /* NULL: none */
	struct string_set modules; /* the paths of the initramfs images */
	size_t at;                 /* the offset of its line */
	size_t cmdline_at;         /* that of the line with its command line */
};

/* All zero means empty. */
struct limine_menu {
	struct limine_item *item;
	size_t count;
	char *choice;    /* the value of default_entry; NULL: none */
	bool remembered; /* the entry that was started last is the default */
};

/* Reads the menu of @text. Returns 0, or -ENOMEM; the caller frees @menu in any case. */
int limine_menu_read(struct limine_menu *menu, const char *text);

void limine_menu_free(struct limine_menu *menu);

/*
 * Returns the entry that limine starts by itself; NULL if it starts none, for example because the
 * default is a directory, or if the file does not say which.
 */
const struct limine_item *limine_menu_default(const struct limine_menu *menu);

#endif
