/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader_order.h"

#include <ctype.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../core/array.h"
#include "../host/config_lines.h"
#include "../host/shell_value.h"
#include "bls_entry.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "uki.h"
#include "version_order.h"

/* An entry, with what determines its position in the menu. */
struct item {
	const struct menu_entry *entry;
	char *id;       /* its file name in lower case, without the tries */
	char *sort_key; /* NULL if it has none */
	char *machine, *version;
	bool bad; /* it has no tries left */
};

struct items {
	struct item *item;
	size_t count;
};

static void item_free(struct item *item)
{
	free(item->id);
	free(item->sort_key);
	free(item->machine);
	free(item->version);
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* Returns the id of the entry in @file, or NULL if out of memory. */
static char *make_id(const char *file)
{
	const char *dot = strrchr(file, '.');
	char *name = bls_name(file), *id = NULL, *c;

	if (name && asprintf(&id, "%s%s", name, dot ? dot : "") < 0)
		id = NULL;
	for (c = id; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	free(name);
	return id;
}

/* Returns the first of the settings @names that an os-release(5) has, or NULL. */
static char *os_value(const char *text, const char *const *names, size_t count)
{
	char *value = NULL;
	size_t i;

	for (i = 0; !value && i < count; i++) {
		value = shell_value(text, names[i]);
		if (value && !value[0]) {
			free(value);
			value = NULL;
		}
	}
	return value;
}

/* What unified kernel images are sorted by (src/fundamental/bootspec-fundamental.c). */
static void read_image(struct item *item, const char *sysroot)
{
	static const char *const keys[] = { "IMAGE_ID", "ID" };
	static const char *const versions[] = { "IMAGE_VERSION", "VERSION", "VERSION_ID",
						"BUILD_ID" };
	char *text = uki_os_release(sysroot, item->entry->file);

	if (text) {
		item->sort_key = os_value(text, keys, sizeof(keys) / sizeof(keys[0]));
		item->version = os_value(text, versions, sizeof(versions) / sizeof(versions[0]));
	}
	free(text);
}

static void read_item(struct item *item, const char *sysroot)
{
	char *text;

	item->id = make_id(item->entry->file);
	item->bad = bls_tries(item->entry->file) == 0;
	if (item->entry->image) {
		read_image(item, sysroot);
		return;
	}
	text = config_text(sysroot, item->entry->file);
	if (text) {
		item->sort_key = bls_value(text, "sort-key");
		item->machine = bls_value(text, "machine-id");
		item->version = bls_value(text, "version");
	}
	free(text);
}

/* --- order -------------------------------------------------------------------------------------
 */

static int text_order(const char *a, const char *b)
{
	if (!a || !b)
		return (a != NULL) - (b != NULL);
	return strcmp(a, b);
}

static int compare(const void *a_item, const void *b_item)
{
	const struct item *a = a_item, *b = b_item;
	int order = a->bad - b->bad;

	if (!order)
		order = !a->sort_key - !b->sort_key;
	if (!order && a->sort_key)
		order = text_order(a->sort_key, b->sort_key);
	if (!order && a->sort_key)
		order = text_order(a->machine, b->machine);
	if (!order && a->sort_key)
		order = -version_order(a->version, b->version);
	return order ? order : -version_order(a->id, b->id);
}

static struct items read_items(const struct boot_menu *menu, const char *sysroot)
{
	struct items items = { 0 };
	struct item item;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		item = (struct item){ .entry = &menu->entry[i] };
		read_item(&item, sysroot);
		if (!item.id || array_add(&items.item, &items.count, &item, sizeof(item)) < 0)
			item_free(&item);
	}
	if (items.count)
		qsort(items.item, items.count, sizeof(*items.item), compare);
	return items;
}

/* --- the default -------------------------------------------------------------------------------
 */

/* A choice, and whether entries without tries left are skipped (systemd 260). */
struct choice {
	char *pattern; /* may be NULL */
	bool assessed;
};

#define CHOICES 5

/* Returns true if a choice is this id; older versions omit the ".conf" or ".efi". */
static bool matches(const char *pattern, const char *id)
{
	char *longer;
	bool match;

	if (asprintf(&longer, "%s.conf", pattern) < 0)
		return false;
	match = fnmatch(pattern, id, FNM_CASEFOLD) == 0 || fnmatch(longer, id, FNM_CASEFOLD) == 0;
	free(longer);
	return match;
}

/* Returns the first entry whose id matches the choice. */
static const struct menu_entry *find(const struct items *items, const struct choice *choice)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		if ((!choice->assessed || !items->item[i].bad) &&
		    matches(choice->pattern, items->item[i].id))
			return items->item[i].entry;
	return NULL;
}

static bool is_saved(const char *choice)
{
	return strcasecmp(choice, "@saved") == 0;
}

/*
 * Returns a choice in the EFI system partition's loader.conf, "default" or "preferred", or NULL;
 * the last line counts.
 */
static char *read_conf(const char *sysroot, const char *key)
{
	char *text = boot_files_loader_conf(sysroot), *choice = NULL;
	struct string_set values = { 0 };
	size_t i;

	if (text)
		values = bls_values(text, key);
	for (i = values.count; i && !choice; i--)
		if (values.name[i - 1][0] != '@' || is_saved(values.name[i - 1]))
			choice = strdup(values.name[i - 1]);
	string_set_free(&values);
	free(text);
	return choice;
}

/* Returns a choice, or what "@saved" stands for. Frees the choice. */
static char *resolve(const char *sysroot, char *choice)
{
	if (!choice || !is_saved(choice))
		return choice;
	free(choice);
	return efi_loader_variable(sysroot, "EntryLastBooted");
}

static struct choice choose(const char *sysroot, char *pattern, bool assessed)
{
	return (struct choice){ resolve(sysroot, pattern), assessed };
}

/* Reads the choices in their order (systemd-boot(7), loader.conf(5)). */
static void read_choices(struct choice *choices, const char *sysroot, bool once)
{
	size_t i = 0;

	choices[i++] = (struct choice){ .pattern = NULL };
	if (once)
		choices[0].pattern = efi_loader_variable(sysroot, "EntryOneShot");
	choices[i++] = choose(sysroot, efi_loader_variable(sysroot, "EntryPreferred"), true);
	choices[i++] = choose(sysroot, read_conf(sysroot, "preferred"), true);
	choices[i++] = choose(sysroot, efi_loader_variable(sysroot, "EntryDefault"), false);
	choices[i] = choose(sysroot, read_conf(sysroot, "default"), false);
}

static const struct menu_entry *choose_default(const struct items *items, const char *sysroot,
					       bool once, bool *elsewhere)
{
	const struct menu_entry *found = NULL;
	struct choice choices[CHOICES];
	char *pattern;
	size_t i;

	*elsewhere = false;
	read_choices(choices, sysroot, once);
	for (i = 0; i < CHOICES; i++) {
		pattern = choices[i].pattern;
		if (pattern && pattern[0] && !found && !*elsewhere) {
			found = find(items, &choices[i]);
			*elsewhere = !found && strncmp(pattern, "auto-", 5) == 0;
		}
		free(pattern);
	}
	if (!found && items->count)
		found = items->item[0].entry;
	return found;
}

static void free_items(struct items *items)
{
	size_t i;

	for (i = 0; i < items->count; i++)
		item_free(&items->item[i]);
	free(items->item);
}

const struct menu_entry *loader_order_default(const struct boot_menu *menu, const char *sysroot,
					      bool once, bool *elsewhere)
{
	struct items items = read_items(menu, sysroot);
	const struct menu_entry *found = choose_default(&items, sysroot, once, elsewhere);

	free_items(&items);
	return found;
}

/* --- when tries are used -----------------------------------------------------------------------
 */

/* Returns true if a choice matches all names that the entry has while its tries are counted. */
static bool matches_counted(const char *pattern, const struct menu_entry *entry)
{
	static const char *const ends[] = { ".conf", "+1.conf", "+1-1.conf", "+0-2.conf" };
	char *name = bls_name(entry->file), *id;
	bool match = name;
	size_t i;

	for (i = 0; match && i < sizeof(ends) / sizeof(ends[0]); i++) {
		match = asprintf(&id, "%s%s", name, ends[i]) >= 0;
		if (!match)
			break;
		match = matches(pattern, id);
		free(id);
	}
	free(name);
	return match;
}

/*
 * Returns true if a choice, which it frees, is for some entry, but not for @plain whatever its
 * count. Before systemd 258 the count is part of an entry's id; later, an entry that is chosen is
 * started even if it has no tries left.
 */
static bool is_narrow(const struct items *items, const struct menu_entry *plain, char *pattern)
{
	bool narrow = pattern && is_saved(pattern), any = false;
	size_t i;

	for (i = 0; pattern && i < items->count; i++)
		any |= matches(pattern, items->item[i].id) ||
		       matches(pattern, strrchr(items->item[i].entry->file, '/') + 1);
	if (any)
		narrow |= !matches_counted(pattern, plain);
	free(pattern);
	return narrow;
}

const struct menu_entry *loader_order_after(const struct boot_menu *menu, const char *sysroot,
					    const struct menu_entry *plain, bool *narrow)
{
	struct items items = read_items(menu, sysroot);
	const struct menu_entry *found;
	bool elsewhere;
	size_t i;

	for (i = 0; i < items.count; i++)
		if (items.item[i].entry == plain)
			items.item[i].bad = true;
	if (items.count)
		qsort(items.item, items.count, sizeof(*items.item), compare);
	*narrow = is_narrow(&items, plain, efi_loader_variable(sysroot, "EntryDefault"));
	*narrow |= is_narrow(&items, plain, read_conf(sysroot, "default"));
	found = choose_default(&items, sysroot, false, &elsewhere);
	free_items(&items);
	return elsewhere ? NULL : found;
}
