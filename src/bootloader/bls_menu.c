/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bls_menu.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/config_lines.h"
#include "bls_entry.h"
#include "version_order.h"

/* --- order -------------------------------------------------------------------------------------
 */

/* '~' sorts before the end of a name, and both before everything else. */
static int rank(char c)
{
	return c == '~' ? -1 : (unsigned char)c;
}

/* Compares names as boot loaders do: less than 0 if @a has the older kernel. */
static int compare_names(const char *a, const char *b)
{
	int order = 0;

	while (!order && (*a || *b)) {
		if (isdigit((unsigned char)*a) && isdigit((unsigned char)*b)) {
			order = version_number_order(&a, &b);
			continue;
		}
		order = rank(*a) - rank(*b);
		a += *a != '\0';
		b += *b != '\0';
	}
	return order;
}

static int compare(const void *a, const void *b)
{
	return compare_names(((const struct bls_item *)b)->name,
			     ((const struct bls_item *)a)->name);
}

/* --- reading -----------------------------------------------------------------------------------
 */

void bls_menu_read(struct bls_menu *all, const char *sysroot, const struct boot_menu *menu)
{
	struct bls_item item;
	size_t i;

	*all = (struct bls_menu){ 0 };
	for (i = 0; i < menu->count; i++) {
		/* ostree's /boot/loader is a link to loader.0 or loader.1. */
		if (menu->entry[i].image || !strstr(menu->entry[i].file, "/entries/"))
			continue;
		item.entry = &menu->entry[i];
		item.name = bls_name(item.entry->file);
		item.text = config_text(sysroot, item.entry->file);
		if (item.name && item.text &&
		    array_add(&all->item, &all->count, &item, sizeof(item)) == 0)
			continue;
		free(item.name);
		free(item.text);
	}
	if (all->count)
		qsort(all->item, all->count, sizeof(*all->item), compare);
}

void bls_menu_free(struct bls_menu *all)
{
	while (all->count) {
		all->count--;
		free(all->item[all->count].name);
		free(all->item[all->count].text);
	}
	free(all->item);
	all->item = NULL;
}

/* --- the default -------------------------------------------------------------------------------
 */

/* Returns true if @wanted names the entry: by name, title, or @number, its position in the menu. */
static bool is_grubs(const struct bls_item *item, size_t number, const char *wanted)
{
	char *title = bls_value(item->text, "title"), *end;
	bool is = strcmp(item->name, wanted) == 0 || (title && strcmp(title, wanted) == 0);

	free(title);
	return is || (strtoul(wanted, &end, 10) == number && end > wanted && !*end);
}

const struct bls_item *bls_menu_grub_default(const struct bls_menu *all, const char *name)
{
	const struct bls_item *first = NULL;
	size_t i;

	for (i = 0; i < all->count; i++) {
		if (all->item[i].entry->kind != MENU_NORMAL)
			continue;
		if (name && is_grubs(&all->item[i], i, name))
			return &all->item[i];
		if (!first)
			first = &all->item[i];
	}
	return first;
}

const struct bls_item *bls_menu_grub_choice(const struct bls_menu *all, const char *name)
{
	size_t i;

	for (i = 0; name && i < all->count; i++)
		if (is_grubs(&all->item[i], i, name))
			return &all->item[i];
	return all->count ? &all->item[0] : NULL;
}
