/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "print_entries.h"

#include <stdlib.h>
#include <string.h>

#include "../bootloader/named/named_entries.h"
#include "../bootloader/named/named_menu.h"
#include "../core/text.h"
#include "../host/claim_words.h"
#include "../host/sysroot_files.h"
#include "../host/terminal.h"

#define INDENT 4

int take_entry_name(const struct arguments *args, void *to)
{
	const char *trouble = named_entry_name_trouble(args->value);

	if (trouble)
		return usage_error(args, "'%s' is not a name for an entry: %s", args->value,
				   trouble);
	*(const char **)to = args->value;
	return EXIT_OK;
}

/* Returns the first entry without claims, or NULL. */
static const struct menu_entry *find_off(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_OFF)
			return &menu->entry[i];
	return NULL;
}

/* --- as text -----------------------------------------------------------------------------------
 */

static void print_one(const char *sysroot, const struct named_entry *entry)
{
	struct text line;

	text_set(&line, "  %s: %s", entry->name, entry->words);
	if (!named_menu_is_right(sysroot, entry->name))
		text_add(&line, "  NOT in the boot menu for each kernel: see 'vfio-claim check'");
	print_folded(INDENT, line.data);
}

void print_entries(const char *sysroot)
{
	const struct menu_entry *off;
	struct named_entries all;
	struct boot_menu menu;
	struct text line;
	size_t i;

	if (named_entries_read(&all, sysroot) < 0 || !all.count)
		return;
	print_folded(INDENT, "Boot menu entries with claims of their own (vfio: NAME):");
	for (i = 0; i < all.count; i++)
		print_one(sysroot, &all.item[i]);
	boot_menu_read(&menu, sysroot);
	off = find_off(&menu);
	if (off && off->title) {
		text_set(&line, "  without claims: %s", off->title);
		print_folded(INDENT, line.data);
	}
	boot_menu_free(&menu);
	named_entries_free(&all);
}

void print_entries_left(const char *sysroot)
{
	struct named_entries all;
	struct text line;
	size_t i;

	if (named_entries_read(&all, sysroot) < 0)
		return;
	for (i = 0; i < all.count; i++) {
		text_set(&line,
			 "The boot menu's entry '%s' stays: 'vfio-claim disable --entry %s' "
			 "removes it.",
			 all.item[i].name, all.item[i].name);
		print_folded(INDENT, line.data);
	}
	named_entries_free(&all);
}

/* Returns true if a command line has the claims of the entry, and no others. */
static bool has_claims_of(const char *cmdline, const struct named_entry *entry)
{
	char *ours = cmdline_ours(cmdline), *wanted = cmdline_ours(entry->words);
	char *more = ours && wanted ? cmdline_without(ours, wanted) : NULL;
	bool has = more && !more[0] && cmdline_has(ours, wanted);

	free(more);
	free(wanted);
	free(ours);
	return has;
}

void print_entry_of_boot(const char *sysroot)
{
	char *cmdline = sysroot_read(sysroot, "/proc/cmdline");
	struct named_entries all = { 0 };
	struct text line;
	size_t i;

	if (cmdline && named_entries_read(&all, sysroot) == 0)
		for (i = 0; i < all.count; i++) {
			if (!has_claims_of(cmdline, &all.item[i]))
				continue;
			text_set(&line, "This boot has the claims of the boot menu's entry '%s'.",
				 all.item[i].name);
			print_folded(INDENT, line.data);
			break;
		}
	named_entries_free(&all);
	free(cmdline);
}

/* --- as JSON -----------------------------------------------------------------------------------
 */

/* Returns the kernels that have the entry @name; NULL: the one without claims. */
static struct json_object *list_kernels(const struct boot_menu *menu, const char *name)
{
	struct string_set kernels = { 0 };
	const struct menu_entry *entry;
	struct json_object *list;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		entry = &menu->entry[i];
		if (entry->kver && (name ? entry->kind == MENU_NAMED && !strcmp(entry->name, name)
					 : entry->kind == MENU_OFF))
			string_set_add(&kernels, entry->kver);
	}
	list = json_strings(&kernels);
	string_set_free(&kernels);
	return list;
}

/* @found: the entry in the menu, or NULL. @entry: NULL for the one without claims. */
static void append(struct json_object *list, const struct boot_menu *menu,
		   const struct menu_entry *found, const struct named_entry *entry,
		   const char *sysroot)
{
	struct json_object *object = json_object_new_object();
	const char *name = entry ? entry->name : NULL;

	json_object_object_add(object, "name", json_text(name));
	json_object_object_add(object, "words", json_text(entry ? entry->words : NULL));
	json_object_object_add(object, "title", json_text(found ? found->title : NULL));
	json_object_object_add(object, "kernels", list_kernels(menu, name));
	json_object_object_add(
		object, "ok",
		json_object_new_boolean(!entry || named_menu_is_right(sysroot, entry->name)));
	json_append(list, object);
}

struct json_object *json_entries(const char *sysroot)
{
	struct json_object *list = json_object_new_array();
	const struct menu_entry *off;
	struct named_entries all;
	struct boot_menu menu;
	size_t i;

	boot_menu_read(&menu, sysroot);
	named_entries_read(&all, sysroot);
	for (i = 0; i < all.count; i++)
		append(list, &menu, named_menu_find(&menu, sysroot, all.item[i].name), &all.item[i],
		       sysroot);
	off = find_off(&menu);
	if (off)
		append(list, &menu, off, NULL, sysroot);
	named_entries_free(&all);
	boot_menu_free(&menu);
	return list;
}
