/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_menu.h - the menu of a grub.cfg: its entries, and which one a name stands for. Pure.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_MENU_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_MENU_H

#include <stdbool.h>

#include "../host/string_set.h"
#include "grub_script.h"

/* Whose kernel an entry starts, by the script of grub-mkconfig that has written it. */
enum grub_origin {
	GRUB_UNKNOWN, /* a person's, or another script's */
	GRUB_OURS,    /* this system's: 10_linux, 20_linux_xen */
	GRUB_FOREIGN, /* another system's: 30_os-prober */
};

/* An entry or a submenu. */
struct grub_item {
	struct grub_cursor head; /* just behind the word menuentry */
	char *title;
	char *id;     /* NULL: it has none */
	size_t above; /* the number of the submenu that it is in, plus 1; 0: none */
	bool submenu;
	enum grub_origin origin;
	char *kernel;  /* the path of the Linux kernel that it starts; NULL: none */
	char *cmdline; /* that kernel's, as written */
	struct string_set initrds;
};

/* All zero is the empty one. */
struct grub_menu {
	struct grub_item *item;
	size_t count;
	bool sections; /* the file tells which script has written what */
};

/*
 * Reads the menu of @text, a grub.cfg, which must outlive it. Returns 0, or -ENOMEM; @menu is to be
 * freed in any case.
 */
int grub_menu_read(struct grub_menu *menu, const char *text);

void grub_menu_free(struct grub_menu *menu);

/*
 * Returns the item that GRUB starts for @path, "submenu>entry", each by number, title or id; a
 * submenu alone stands for its first entry, and so does what is not there (normal/menu.c). NULL
 * when there is no entry.
 */
const struct grub_item *grub_menu_follow(const struct grub_menu *menu, const char *path);

/* Whether the word just taken is a command that loads a Linux kernel. */
bool grub_menu_loads_kernel(const struct grub_cursor *cursor);

/* Whether the word just taken announces an id, and whether it announces a value of any kind. */
bool grub_menu_is_id_option(const struct grub_cursor *cursor);
bool grub_menu_takes_value(const struct grub_cursor *cursor);

/* Whether @text reads the custom.cfg beside it (41_custom). */
bool grub_menu_reads_custom(const char *text);

/* Whether @text starts next_entry once (00_header). */
bool grub_menu_knows_next(const char *text);

/* Whether @text shows the entries of the Boot Loader Specification (10_linux of Fedora's GRUB). */
bool grub_menu_reads_entries(const char *text);

#endif
