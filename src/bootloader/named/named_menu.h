/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named_menu.h - the named entries (named_entries.h) in the boot menu: how they get there, and
 * which there are
 */
#ifndef VFIO_CLAIM_BOOTLOADER_NAMED_NAMED_MENU_H
#define VFIO_CLAIM_BOOTLOADER_NAMED_NAMED_MENU_H

#include "../../host/changes.h"
#include "../boot_menu.h"
#include "named_entries.h"

/*
 * Adds the steps that make the menu's entry @name again, for every kernel, after steps that write
 * NAMED_ENTRIES_FILE. @words: those for it; NULL if it is to be removed. Returns 0, or -1 after
 * printing an error that says what to do instead, if this boot loader's menu cannot have one.
 */
int named_menu_set(struct changes *changes, const char *name, const char *words);

/*
 * Adds the steps that make all named entries again, if a tool that changes every entry of the menu
 * (grubby) is in the steps before; none otherwise. Returns 0, or -1 after printing an error.
 */
int named_menu_renew(struct changes *changes);

/*
 * For changes_call(): checks that each kernel in the menu has the entry @name with its words and no
 * other claims or, if NAMED_ENTRIES_FILE does not have it, that none has. Returns 0, or -1 after
 * printing an error.
 */
int named_menu_check(const char *sysroot, const char *name);

/* Returns true if named_menu_check() would find nothing wrong. Prints nothing. */
bool named_menu_is_right(const char *sysroot, const char *name);

/* Returns the entry @name of the newest kernel in the menu, or NULL. @sysroot: see path_below(). */
const struct menu_entry *named_menu_find(const struct boot_menu *menu, const char *sysroot,
					 const char *name);

/*
 * Returns the command that starts the entry once, at the next boot: a new string; NULL if the boot
 * loader has none, or would start the entry at every boot (grub_reboot_check()), or if out of
 * memory. Prints nothing.
 */
char *named_menu_once(const char *sysroot, const struct menu_entry *entry);

#endif
