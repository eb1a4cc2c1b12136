/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_menu.h - the menu of a grub.cfg, a copy of one of its entries with other words for the
 * kernel, and the place for that in custom.cfg. Pure. Strings that are given back are new and the
 * caller's to free.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_MENU_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_MENU_H

#include <stdbool.h>
#include <sys/types.h>

/* What the copy is called, and what stands behind its title. */
#define GRUB_TRY_TITLE " (vfio-claim try)"

/*
 * Copies the entry that @menu, the text of a grub.cfg, starts when nobody chooses, wherever it
 * stands; or else the first that starts a kernel of this system. The copy's id is MENU_TRY_ID, and
 * it has @words on its kernel command line, as cmdline_with() puts them there. It does not make
 * itself the default (savedefault).
 * @environment: the text of grubenv, or NULL; its saved_entry may be what is started.
 * Gives the entry, or NULL: *@why is then the end of a sentence, or NULL without memory.
 */
char *grub_menu_try(const char *menu, const char *environment, const char *words, const char **why);

/*
 * What @menu starts when nobody chooses, as it names it: "0", "submenu>entry", an id or a title.
 * NULL when it does not say. @environment: as above.
 */
char *grub_menu_default(const char *menu, const char *environment);

/*
 * Returns the value that the variable @name is set to first in @menu, under whatever condition: a
 * new string, or NULL when it is not set.
 */
char *grub_menu_setting(const char *menu, const char *name);

/*
 * Finds the entry that GRUB starts for @name in @menu, the text of a grub.cfg. @name: as
 * grub_menu_default() returns it, or NULL. A name that GRUB does not find stands for the first
 * entry, in a submenu as well. Returns the offset just behind the entry's word "menuentry", or -1
 * when there is no entry, or without memory.
 */
ssize_t grub_menu_place(const char *menu, const char *name);

/* Whether @menu reads the custom.cfg beside it (41_custom). */
bool grub_menu_reads_custom(const char *menu);

/* Whether @menu knows next_entry, which is started once (00_header). */
bool grub_menu_knows_next(const char *menu);

/* Whether @menu shows the entries of the Boot Loader Specification (10_linux of Fedora's GRUB). */
bool grub_menu_reads_entries(const char *menu);

/*
 * @custom, the text of a custom.cfg or NULL, with @entry in vfio-claim's block of it, or without
 * the block if that is NULL. What else there is stays as it is. Gives "" when nothing is left, or
 * NULL: without memory, or with errno EINVAL when the block's end is missing.
 */
char *grub_custom_with(const char *custom, const char *entry);

/* The value of a variable in the text of a grubenv, or NULL. */
char *grub_variable(const char *environment, const char *name);

#endif
