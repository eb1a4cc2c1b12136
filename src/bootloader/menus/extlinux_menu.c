/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "extlinux_menu.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../../core/array.h"

#define BLANKS " \t\r"

/* --- lines -------------------------------------------------------------------------------------
 */

/*
 * If @line, of @len characters, begins with the keyword @name, returns what follows it, "" for
 * nothing, and sets *@rest_len; NULL if it does not.
 */
static const char *after(const char *line, size_t len, const char *name, size_t *rest_len)
{
	size_t name_len = strlen(name), skipped;

	if (len < name_len || strncasecmp(line, name, name_len) != 0)
		return NULL;
	if (len > name_len && !strchr(BLANKS, line[name_len]))
		return NULL;
	skipped = name_len + strspn(line + name_len, BLANKS);
	if (skipped > len)
		skipped = len;
	*rest_len = len - skipped;
	return line + skipped;
}

/* Returns the length of @text, of @len characters, without blanks at its end. */
static size_t trimmed(const char *text, size_t len)
{
	while (len && strchr(BLANKS, text[len - 1]))
		len--;
	return len;
}

/* Sets *@value to a copy of the text. Returns 0, or -ENOMEM. */
static int take(char **value, const char *text, size_t len)
{
	free(*value);
	*value = strndup(text, trimmed(text, len));
	return *value ? 0 : -ENOMEM;
}

/* --- items -------------------------------------------------------------------------------------
 */

static int begin_item(struct extlinux_menu *menu, const char *label, size_t len)
{
	struct extlinux_item item = { .label = strndup(label, trimmed(label, len)) };

	if (item.label && array_add(&menu->item, &menu->count, &item, sizeof(item)) == 0)
		return 0;
	free(item.label);
	return -ENOMEM;
}

/* Adds the paths, separated by commas. */
static int take_initrds(struct extlinux_item *item, const char *text, size_t len)
{
	char *list = strndup(text, trimmed(text, len)), *name, *rest;
	int err = list ? 0 : -ENOMEM;

	for (name = list ? strtok_r(list, ",", &rest) : NULL; name && !err;
	     name = strtok_r(NULL, ",", &rest))
		err = string_set_add(&item->initrds, name);
	free(list);
	return err;
}

/* Takes a line of an item. */
static int take_item_line(struct extlinux_item *item, const char *line, size_t len)
{
	const char *value;
	size_t rest;

	if ((value = after(line, len, "menu", &rest)) &&
	    (value = after(value, rest, "label", &rest)))
		return take(&item->title, value, rest);
	if ((value = after(line, len, "linux", &rest)) ||
	    (value = after(line, len, "kernel", &rest)))
		return take(&item->kernel, value, rest);
	if ((value = after(line, len, "append", &rest)))
		return take(&item->cmdline, value, rest);
	if ((value = after(line, len, "initrd", &rest)))
		return take_initrds(item, value, rest);
	return 0;
}

/* Takes a line without blanks at its beginning. *@chosen: the name of the default. */
static int take_line(struct extlinux_menu *menu, char **chosen, const char *line, size_t len)
{
	struct extlinux_item *last = menu->count ? &menu->item[menu->count - 1] : NULL;
	const char *value;
	size_t rest;

	if ((value = after(line, len, "label", &rest)))
		return begin_item(menu, value, rest);
	if ((value = after(line, len, "default", &rest)))
		return take(chosen, value, rest);
	value = after(line, len, "menu", &rest);
	if (last && value && after(value, rest, "default", &rest))
		return take(chosen, last->label, strlen(last->label));
	return last ? take_item_line(last, line, len) : 0;
}

int extlinux_menu_read(struct extlinux_menu *menu, const char *text)
{
	char *chosen = NULL;
	size_t len, i;
	int err = 0;

	*menu = (struct extlinux_menu){ 0 };
	for (; *text && !err; text += len + (text[len] == '\n')) {
		text += strspn(text, BLANKS);
		len = strcspn(text, "\n");
		err = take_line(menu, &chosen, text, len);
	}
	for (i = 0; chosen && i < menu->count; i++)
		if (strcmp(menu->item[i].label, chosen) == 0)
			break;
	menu->chosen = chosen && i < menu->count ? i : 0;
	free(chosen);
	return err;
}

void extlinux_menu_free(struct extlinux_menu *menu)
{
	struct extlinux_item *item;

	while (menu->count) {
		item = &menu->item[--menu->count];
		free(item->label);
		free(item->title);
		free(item->kernel);
		free(item->cmdline);
		string_set_free(&item->initrds);
	}
	free(menu->item);
	*menu = (struct extlinux_menu){ 0 };
}
