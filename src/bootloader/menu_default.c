/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menu_default.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/sysroot_files.h"
#include "bls_menu.h"
#include "efi_loader.h"
#include "grub_environment.h"
#include "grub_menu.h"
#include "loader_order.h"

static const char elsewhere[] = "the boot menu does not start a kernel of this system by default";
static const char no_loader[] = "it is not known which boot loader starts this system";
static const char no_place[] = "GRUB's menu cannot be followed";

static const struct menu_entry *first_normal(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL)
			return &menu->entry[i];
	return NULL;
}

/* One that is another system's says nothing about this one. */
static struct menu_default known(const struct boot_menu *menu, const struct menu_entry *entry)
{
	if (entry && entry->kind != MENU_OTHER)
		return (struct menu_default){ .entry = entry };
	return (struct menu_default){ .entry = first_normal(menu), .unknown = elsewhere };
}

/* --- GRUB --------------------------------------------------------------------------------------
 */

/* What GRUB starts by default, as grub_menu_default(). @once: a choice for one boot counts. */
static char *read_choice(const char *text, const char *environment, bool once)
{
	char *next = once && environment && grub_menu_knows_next(text)
			     ? grub_variable(environment, "next_entry")
			     : NULL;

	if (next && next[0])
		return next;
	free(next);
	return grub_menu_default(text, environment);
}

/* Whether one of the menu's entries stands in @file. */
static bool has_entry_of(const struct boot_menu *menu, const char *file)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (strcmp(menu->entry[i].file, file) == 0)
			return true;
	return false;
}

/* The grub.cfg that starts this system: of one for BIOS and one for EFI, that of this firmware. */
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

static struct menu_default find_grubs(const struct boot_menu *menu, const char *sysroot, bool once)
{
	struct string_set files = boot_menu_grub_files(sysroot);
	const char *file = choose_file(menu, sysroot, &files);
	char *text = file ? boot_menu_grub_text(sysroot, file) : NULL;
	char *environment = file ? grub_environment_text(sysroot, file) : NULL;
	char *choice = text ? read_choice(text, environment, once) : NULL;
	struct menu_default found = { .entry = first_normal(menu), .unknown = no_place };
	ssize_t place = -1;

	/* Only GRUB knows the values of other variables. */
	if (text && !(choice && strchr(choice, '$')))
		place = grub_menu_place(text, choice);
	if (place >= 0)
		found = known(menu, find_at(menu, file, (size_t)place));
	free(choice);
	free(environment);
	free(text);
	string_set_free(&files);
	return found;
}

/* --- GRUB, with entries of the Boot Loader Specification ----------------------------------------
 */

/* The grub.cfg that shows them: its text, a new string, or NULL; *@file is where it is. */
static char *find_bls_text(const char *sysroot, char **file)
{
	static const char *const places[] = { "/boot/grub2/grub.cfg", "/boot/grub/grub.cfg" };
	struct string_set vendors = sysroot_list(sysroot, "/boot/efi/EFI");
	size_t i, count = sizeof(places) / sizeof(places[0]);
	char *text = NULL;

	*file = NULL;
	for (i = 0; !text && i < count + vendors.count; i++) {
		free(*file);
		if (i < count)
			*file = strdup(places[i]);
		else if (asprintf(file, "/boot/efi/EFI/%s/grub.cfg", vendors.name[i - count]) < 0)
			*file = NULL;
		text = *file ? file_text(sysroot, *file) : NULL;
		if (text && !grub_menu_reads_entries(text)) {
			free(text);
			text = NULL;
		}
	}
	string_set_free(&vendors);
	return text;
}

static struct menu_default find_grubs_entry(const struct boot_menu *menu, const char *sysroot,
					    const char *file, const char *text, bool once)
{
	char *environment = grub_environment_text(sysroot, file);
	char *choice = read_choice(text, environment, once);
	struct menu_default found = { 0 };
	const struct bls_item *item;
	struct bls_menu all;

	bls_menu_read(&all, sysroot, menu);
	item = bls_menu_grub_choice(&all, choice);
	found = known(menu, item ? item->entry : NULL);
	bls_menu_free(&all);
	free(choice);
	free(environment);
	return found;
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

/* --- all of them -------------------------------------------------------------------------------
 */

/* Whether the menu has entries of a grub.cfg. */
static bool is_grubs(const struct boot_menu *menu)
{
	return menu->count && menu->entry[0].at;
}

/* Without a boot loader that is known, only what has no alternative is certain. */
static struct menu_default find_only(const struct boot_menu *menu)
{
	struct menu_default found = { .entry = first_normal(menu) };
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL && &menu->entry[i] != found.entry)
			found.unknown = no_loader;
	return found;
}

static struct menu_default find(const struct boot_menu *menu, const char *sysroot, bool once)
{
	struct menu_default found;
	char *file, *text;

	if (is_grubs(menu))
		return find_grubs(menu, sysroot, once);
	if (efi_loader_is_systemd_boot(sysroot))
		return find_systemd_boots(menu, sysroot, once);
	text = find_bls_text(sysroot, &file);
	found = text ? find_grubs_entry(menu, sysroot, file, text, once) : find_only(menu);
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
