/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limine_menu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../core/array.h"

#define BLANKS " \t\r"

static void item_free(struct limine_item *item)
{
	free(item->title);
	free(item->kernel);
	free(item->cmdline);
	string_set_free(&item->modules);
}

void limine_menu_free(struct limine_menu *menu)
{
	while (menu->count)
		item_free(&menu->item[--menu->count]);
	free(menu->item);
	free(menu->choice);
	*menu = (struct limine_menu){ 0 };
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* Returns the title of the directory above an entry at @depth that is about to be added, or "". */
static const char *title_above(const struct limine_menu *menu, size_t depth)
{
	size_t i = menu->count;

	while (i--)
		if (menu->item[i].depth < depth)
			return menu->item[i].title;
	return "";
}

/* "//+title": an entry. Returns 0 or -ENOMEM. */
static int add_item(struct limine_menu *menu, const char *line, size_t len, size_t at)
{
	struct limine_item item = { .depth = strspn(line, "/"), .at = at };
	const char *above = title_above(menu, item.depth), *title = line + item.depth;

	item.expanded = *title == '+';
	title += item.expanded;
	if (asprintf(&item.title, "%s%s%.*s", above, above[0] ? "/" : "", (int)(line + len - title),
		     title) < 0)
		return -ENOMEM;
	if (array_add(&menu->item, &menu->count, &item, sizeof(item)) == 0)
		return 0;
	item_free(&item);
	return -ENOMEM;
}

/*
 * Returns only the path in "boot():/vmlinuz#HASH", "/vmlinuz": a new string. The partition is
 * ignored: menu_file_find() tries all that are mounted.
 */
static char *path_of(const char *value)
{
	const char *colon = strstr(value, "):");
	char *path = strdup(colon ? colon + 2 : value);

	if (path)
		path[strcspn(path, "#")] = '\0';
	return path;
}

/* Replaces *@where by @fresh. Returns 0, or -ENOMEM if that is NULL. */
static int replace(char **where, char *fresh)
{
	free(*where);
	*where = fresh;
	return fresh ? 0 : -ENOMEM;
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcasecmp(name, *names) == 0)
			return true;
	return false;
}

/* Takes an option of an entry. Returns 0 or -ENOMEM. */
static int take_local(struct limine_item *item, const char *name, const char *value, size_t at)
{
	static const char *const kernel[] = { "path", "kernel_path", "image_path", NULL };
	static const char *const cmdline[] = { "cmdline", "kernel_cmdline", NULL };
	static const char *const module[] = { "module_path", NULL };
	char *path;
	int err;

	if (is_one_of(name, kernel))
		return replace(&item->kernel, path_of(value));
	if (is_one_of(name, cmdline)) {
		item->cmdline_at = at;
		return replace(&item->cmdline, strdup(value));
	}
	if (strcasecmp(name, "protocol") == 0)
		item->efi = strncasecmp(value, "efi", 3) == 0;
	if (!is_one_of(name, module))
		return 0;
	path = path_of(value);
	err = path ? string_set_add(&item->modules, path) : -ENOMEM;
	free(path);
	return err;
}

/* Takes an option. Returns 0 or -ENOMEM. */
static int take_option(struct limine_menu *menu, const char *name, const char *value, size_t at)
{
	if (strcasecmp(name, "default_entry") == 0)
		return replace(&menu->choice, strdup(value));
	if (strcasecmp(name, "remember_last_entry") == 0)
		menu->remembered = strcasecmp(value, "yes") == 0;
	return menu->count ? take_local(&menu->item[menu->count - 1], name, value, at) : 0;
}

/* "name: value" */
static int read_option(struct limine_menu *menu, const char *line, size_t len, size_t at)
{
	char *copy = strndup(line, len), *colon = copy ? strchr(copy, ':') : NULL;
	int err = copy ? 0 : -ENOMEM;

	if (colon) {
		*colon = '\0';
		err = take_option(menu, copy, colon + 1 + strspn(colon + 1, BLANKS), at);
	}
	free(copy);
	return err;
}

int limine_menu_read(struct limine_menu *menu, const char *text)
{
	const char *line, *next;
	size_t len;
	int err = 0;

	*menu = (struct limine_menu){ 0 };
	for (line = text; *line && !err; line = next) {
		next = line + strcspn(line, "\n");
		next += *next == '\n';
		line += strspn(line, BLANKS);
		len = strcspn(line, "\n");
		while (len && strchr(BLANKS, line[len - 1]))
			len--;
		if (*line == '/')
			err = add_item(menu, line, len, (size_t)(line - text));
		else if (*line != '#')
			err = read_option(menu, line, len, (size_t)(line - text));
	}
	return err;
}

/* --- the default -------------------------------------------------------------------------------
 */

static bool is_directory(const struct limine_menu *menu, size_t index)
{
	return index + 1 < menu->count && menu->item[index + 1].depth > menu->item[index].depth;
}

/* Returns the index after an item and, if the item is not expanded, everything in it. */
static size_t next_shown(const struct limine_menu *menu, size_t index)
{
	size_t depth = menu->item[index].depth;

	if (menu->item[index].expanded)
		return index + 1;
	for (index++; index < menu->count && menu->item[index].depth > depth; index++)
		;
	return index;
}

const struct limine_item *limine_menu_default(const struct limine_menu *menu)
{
	const char *choice = menu->choice ? menu->choice : "1";
	char *end;
	unsigned long number = strtoul(choice, &end, 10);
	size_t i;

	if (menu->remembered || end == choice || *end)
		return NULL;
	for (i = 0; i < menu->count && number > 1; number--)
		i = next_shown(menu, i);
	return i < menu->count && !is_directory(menu, i) ? &menu->item[i] : NULL;
}
