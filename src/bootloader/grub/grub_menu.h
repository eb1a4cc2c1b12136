/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_menu.h - the menu of a grub.cfg: its entries, and which one a name stands for. Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_MENU_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_MENU_H

#include <stdbool.h>

#include "../../host/string_set.h"
#include "grub_script.h"

/* The system whose kernel an entry starts, by the grub-mkconfig script that wrote the entry. */
enum grub_origin {
	GRUB_UNKNOWN, /* written by the user, or by another script */
	GRUB_OURS,    /* this system's: 10_linux, 20_linux_xen */
	GRUB_FOREIGN, /* another system's: 30_os-prober */
};

/* An entry or a submenu. */
struct grub_item {
	struct grub_cursor head; /* just after the word menuentry */
	char *title;
	char *id;     /* NULL: it has none */
	size_t above; /* the index of its submenu, plus 1; 0: none */
	bool submenu;
	enum grub_origin origin;
	char *kernel;  /* the path of its Linux kernel; NULL: none */
	char *cmdline; /* of that kernel, as written */
	struct string_set initrds;
};

/* All zero means empty. */
struct grub_menu {
	struct grub_item *item;
	size_t count;
	bool sections; /* the file tells which script wrote what */
};

/*
 * Reads the menu of @text, a grub.cfg, which must outlive it. Returns 0, or -ENOMEM; the caller
 * frees @menu in any case.
 */
int grub_menu_read(struct grub_menu *menu, const char *text);

void grub_menu_free(struct grub_menu *menu);

/*
 * Returns the item that GRUB starts for @path, "submenu>entry", each by number, title or id. A
 * submenu alone stands for its first entry, and a missing item for the first item (normal/menu.c).
 * NULL if there is no entry.
 */
const struct grub_item *grub_menu_follow(const struct grub_menu *menu, const char *path);

/* Returns true if the word just taken is a command that loads a Linux kernel. */
bool grub_menu_loads_kernel(const struct grub_cursor *cursor);

/* Returns true if the word just taken is an option that takes an id, or any value. */
bool grub_menu_is_id_option(const struct grub_cursor *cursor);
bool grub_menu_takes_value(const struct grub_cursor *cursor);

/* Returns true if @text reads the custom.cfg next to it (41_custom). */
bool grub_menu_reads_custom(const char *text);

/* Returns true if @text supports next_entry (00_header). */
bool grub_menu_knows_next(const char *text);

/*
 * Returns true if @text shows the entries of the Boot Loader Specification (10_linux of Fedora's
 * GRUB).
 */
bool grub_menu_reads_entries(const char *text);

#endif
