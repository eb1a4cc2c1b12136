/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menu_default.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/sysroot_files.h"
#include "bls_menu.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "grub/grub_default.h"
#include "grub/grub_menu.h"
#include "grub/grubenv.h"
#include "loader_order.h"
#include "menus/extlinux_menu.h"
#include "menus/limine_menu.h"
#include "menus/sdbootutil.h"
#include "proxmox/esps.h"
#include "staged_deployment.h"

static const char elsewhere[] = "the boot menu does not start a kernel of this system by default";
static const char no_loader[] = "the boot loader that starts this system is not known";
static const char no_default[] = "limine.conf does not tell";
static const char last_started[] = "rEFInd starts the one that was started last";
static const char no_place[] = "GRUB's menu cannot be evaluated";

static const struct menu_entry *first_normal(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL)
			return &menu->entry[i];
	return NULL;
}

/* Another system's entry says nothing about this one. */
static struct menu_default known(const struct boot_menu *menu, const struct menu_entry *entry)
{
	if (entry && entry->kind != MENU_OTHER)
		return (struct menu_default){ .entry = entry };
	return (struct menu_default){ .entry = first_normal(menu), .unknown = elsewhere };
}

/* --- GRUB --------------------------------------------------------------------------------------
 */

/* Returns true if @file has an entry of the menu. */
static bool has_entry_of(const struct boot_menu *menu, const char *file)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (strcmp(menu->entry[i].file, file) == 0)
			return true;
	return false;
}

/*
 * Returns the grub.cfg that starts this system: if there is one for BIOS and one for EFI, the one
 * for this firmware.
 */
static const char *choose_file(const struct boot_menu *menu, const char *sysroot,
			       const struct string_set *files)
{
	bool efi = sysroot_has(sysroot, "/sys/firmware/efi");
	const char *chosen = NULL, *file;
	size_t i;

	for (i = 0; i < files->count; i++) {
		file = files->name[i];
		if (has_entry_of(menu, file) &&
		    (!chosen || (efi && strncmp(chosen, "/boot/efi/", 10) != 0)))
			chosen = file;
	}
	return chosen;
}

static const struct menu_entry *find_at(const struct boot_menu *menu, const char *file, size_t at)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].at == at && strcmp(menu->entry[i].file, file) == 0)
			return &menu->entry[i];
	return NULL;
}

/*
 * Returns the offset, as in struct menu_entry, of the entry that @text starts for @name; 0: none.
 */
static size_t find_offset(const char *text, const char *name)
{
	const struct grub_item *item = NULL;
	struct grub_menu items;
	size_t at = 0;

	if (grub_menu_read(&items, text) == 0)
		item = grub_menu_follow(&items, name && name[0] ? name : "0");
	if (item && !item->submenu)
		at = (size_t)(item->head.at - text);
	grub_menu_free(&items);
	return at;
}

static struct menu_default find_grubs(const struct boot_menu *menu, const char *sysroot, bool once)
{
	struct string_set files = boot_files_grub(sysroot);
	const char *file = choose_file(menu, sysroot, &files);
	char *text = file ? boot_files_grub_text(sysroot, file) : NULL;
	char *environment = file ? grubenv_text(sysroot, file) : NULL;
	char *name = text ? grub_default_name(text, environment, once) : NULL;
	struct menu_default found = { .entry = first_normal(menu), .unknown = no_place };
	size_t at = 0;

	/* Only GRUB knows the values of other variables. */
	if (text && !(name && strchr(name, '$')))
		at = find_offset(text, name);
	if (at)
		found = known(menu, find_at(menu, file, at));
	free(name);
	free(environment);
	free(text);
	string_set_free(&files);
	return found;
}

/* --- GRUB, with entries of the Boot Loader Specification ----------------------------------------
 */

/* Returns the entry that GRUB takes for @name, the default's, which it frees. */
static struct menu_default find_named(const struct boot_menu *menu, const char *sysroot, char *name)
{
	struct menu_default found;
	const struct bls_item *item;
	struct bls_menu all;

	bls_menu_read(&all, sysroot, menu);
	item = bls_menu_grub_choice(&all, name);
	found = known(menu, item ? item->entry : NULL);
	bls_menu_free(&all);
	free(name);
	return found;
}

static struct menu_default find_grubs_entry(const struct boot_menu *menu, const char *sysroot,
					    const char *file, bool once)
{
	char *text = boot_files_grub_text(sysroot, file);
	char *environment = grubenv_text(sysroot, file);
	char *name = text ? grub_default_name(text, environment, once) : NULL;

	free(environment);
	free(text);
	return find_named(menu, sysroot, name);
}

/* GRUB2-BLS has no grub.cfg. */
static struct menu_default find_grub_bls(const struct boot_menu *menu, const char *sysroot,
					 bool once)
{
	return find_named(menu, sysroot, sdbootutil_grub_choice(sysroot, once));
}

/* --- systemd-boot ------------------------------------------------------------------------------
 */

static struct menu_default find_systemd_boots(const struct boot_menu *menu, const char *sysroot,
					      bool once)
{
	bool elsewhere;
	const struct menu_entry *entry = loader_order_default(menu, sysroot, once, &elsewhere);

	return known(menu, elsewhere ? NULL : entry);
}

/* --- limine ------------------------------------------------------------------------------------
 */

static struct menu_default find_limines(const struct boot_menu *menu, const char *sysroot)
{
	struct menu_default found = { .entry = first_normal(menu), .unknown = no_default };
	const char *file = menu->entry[0].file;
	char *text = config_text(sysroot, file);
	const struct limine_item *item = NULL;
	struct limine_menu items = { 0 };

	if (text && limine_menu_read(&items, text) == 0)
		item = limine_menu_default(&items);
	if (item)
		found = known(menu, find_at(menu, file, item->at));
	limine_menu_free(&items);
	free(text);
	return found;
}

/* --- rEFInd ------------------------------------------------------------------------------------
 */

/* It starts what was started last, which only it knows. */
static struct menu_default find_refinds(const struct boot_menu *menu)
{
	struct menu_default found = { .entry = first_normal(menu) };
	size_t i;

	for (i = 0; found.entry && i < menu->count; i++)
		if (strcmp(menu->entry[i].kernel, found.entry->kernel) != 0)
			found.unknown = last_started;
	return found;
}

/* --- U-Boot ------------------------------------------------------------------------------------
 */

static struct menu_default find_uboots(const struct boot_menu *menu, const char *sysroot)
{
	char *text = config_text(sysroot, BOOT_FILES_EXTLINUX);
	const struct menu_entry *entry = NULL;
	struct extlinux_menu items = { 0 };

	if (text && extlinux_menu_read(&items, text) == 0 && items.chosen < menu->count)
		entry = &menu->entry[items.chosen];
	extlinux_menu_free(&items);
	free(text);
	return known(menu, entry);
}

/* --- all of them -------------------------------------------------------------------------------
 */

/* Returns true if the menu has entries of a grub.cfg. */
static bool is_grubs(const struct boot_menu *menu)
{
	return menu->count && menu->entry[0].source == MENU_GRUB;
}

/* Returns true if the entries are systemd-boot's. */
static bool is_systemd_boots(const char *sysroot)
{
	if (esps_in_charge(sysroot))
		return esps_chosen(sysroot) && esps_chosen(sysroot)->loader == ESP_SYSTEMD_BOOT;
	return efi_loader_is_systemd_boot(sysroot);
}

/* If the boot loader is not known, only a single entry is certain. */
static struct menu_default find_only(const struct boot_menu *menu)
{
	struct menu_default found = { .entry = first_normal(menu) };
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL && &menu->entry[i] != found.entry)
			found.unknown = no_loader;
	return found;
}

/* Returns the entry that ostree will write at shutdown, or NULL. */
static const struct menu_entry *find_staged(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (strcmp(menu->entry[i].file, STAGED_DEPLOYMENT) == 0)
			return &menu->entry[i];
	return NULL;
}

static struct menu_default find(const struct boot_menu *menu, const char *sysroot, bool once)
{
	struct menu_default found = { .entry = find_staged(menu) };
	char *file, *text;

	if (found.entry)
		return found;
	if (is_grubs(menu))
		return find_grubs(menu, sysroot, once);
	if (menu->count && menu->entry[0].source == MENU_LIMINE)
		return find_limines(menu, sysroot);
	if (menu->count && menu->entry[0].source == MENU_REFIND)
		return find_refinds(menu);
	if (menu->count && menu->entry[0].source == MENU_UBOOT)
		return find_uboots(menu, sysroot);
	if (is_systemd_boots(sysroot))
		return find_systemd_boots(menu, sysroot, once);
	if (sdbootutil_is_here(sysroot, menu))
		return sdbootutil_uses_grub(sysroot) ? find_grub_bls(menu, sysroot, once)
						     : find_systemd_boots(menu, sysroot, once);
	text = boot_files_grub_with_entries(sysroot, &file);
	found = file ? find_grubs_entry(menu, sysroot, file, once) : find_only(menu);
	free(text);
	free(file);
	return found;
}

struct menu_default menu_default_next(const struct boot_menu *menu, const char *sysroot)
{
	return find(menu, sysroot, true);
}

struct menu_default menu_default_lasting(const struct boot_menu *menu, const char *sysroot)
{
	return find(menu, sysroot, false);
}
