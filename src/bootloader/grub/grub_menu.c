/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_menu.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"

#define ID_VARIABLE "$menuentry_id_option"

/* Nested submenus: GRUB has no limit, but no menu is this deep. */
#define DEPTH_MAX 16

struct reader {
	struct grub_menu *menu;
	struct grub_cursor cursor;
	const char *seen; /* sections have been searched up to here */
	enum grub_origin origin;
};

static void item_free(struct grub_item *item)
{
	free(item->title);
	free(item->id);
	free(item->kernel);
	free(item->cmdline);
	string_set_free(&item->initrds);
}

void grub_menu_free(struct grub_menu *menu)
{
	while (menu->count)
		item_free(&menu->item[--menu->count]);
	free(menu->item);
	*menu = (struct grub_menu){ 0 };
}

static bool is_one_of(const struct grub_cursor *cursor, const char *const *words)
{
	for (; *words; words++)
		if (grub_word_is(cursor, *words))
			return true;
	return false;
}

bool grub_menu_loads_kernel(const struct grub_cursor *cursor)
{
	static const char *const commands[] = { "linux", "linux16", "linuxefi", NULL };

	return is_one_of(cursor, commands);
}

static bool loads_initrd(const struct grub_cursor *cursor)
{
	static const char *const commands[] = { "initrd", "initrd16", "initrdefi", NULL };

	return is_one_of(cursor, commands);
}

bool grub_menu_is_id_option(const struct grub_cursor *cursor)
{
	static const char *const options[] = { "--id", ID_VARIABLE, NULL };

	return is_one_of(cursor, options);
}

bool grub_menu_takes_value(const struct grub_cursor *cursor)
{
	static const char *const options[] = { "--class", "--users", "--hotkey", "--source", NULL };

	return is_one_of(cursor, options) || grub_menu_is_id_option(cursor);
}

/* --- an entry ----------------------------------------------------------------------------------
 */

/*
 * Reads the title and id, up to and including the '{'. Returns 1, 0 if this is not an entry, or
 * -ENOMEM.
 */
static int read_head(struct grub_item *item, struct grub_cursor *cursor)
{
	enum grub_token token;
	char **where;

	while ((token = grub_next(cursor)) == GRUB_WORD) {
		where = item->title ? NULL : &item->title;
		if (grub_menu_takes_value(cursor)) {
			where = grub_menu_is_id_option(cursor) && !item->id ? &item->id : NULL;
			if (grub_next(cursor) != GRUB_WORD)
				return 0;
		} else if (*cursor->begin == '-') {
			continue;
		}
		if (where && !(*where = grub_word(cursor)))
			return -ENOMEM;
	}
	return token == GRUB_OPEN && item->title;
}

/* Returns @path without a leading GRUB device, "($root)/vmlinuz". */
static const char *without_device(const char *path)
{
	const char *end = path[0] == '(' ? strchr(path, ')') : NULL;

	return end ? end + 1 : path;
}

/* "linux /vmlinuz-6.1.0 root=…". Returns 0 or -ENOMEM. */
static int read_kernel(struct grub_item *item, struct grub_cursor *cursor)
{
	struct grub_cursor next = *cursor;
	char *path;

	if (grub_next(&next) != GRUB_WORD)
		return 0;
	*cursor = next;
	path = grub_word(cursor);
	item->kernel = path ? strdup(without_device(path)) : NULL;
	item->cmdline = grub_rest(cursor);
	free(path);
	return item->kernel && item->cmdline ? 0 : -ENOMEM;
}

/* "initrd /initrd.img-6.1.0 …" */
static int read_initrds(struct grub_item *item, struct grub_cursor *cursor)
{
	struct grub_cursor next = *cursor;
	int err = 0;
	char *path;

	while (!err && grub_next(&next) == GRUB_WORD) {
		*cursor = next;
		path = grub_word(cursor);
		err = path ? string_set_add(&item->initrds, without_device(path)) : -ENOMEM;
		free(path);
	}
	return err;
}

/* Reads the commands up to the entry's '}': the first kernel counts. Returns 0 or -ENOMEM. */
static int read_commands(struct grub_item *item, struct grub_cursor *cursor)
{
	enum grub_token token;
	size_t depth = 1;
	int err = 0;

	while (depth && !err && (token = grub_next(cursor)) != GRUB_END) {
		depth += token == GRUB_OPEN;
		depth -= token == GRUB_CLOSE;
		if (!cursor->first)
			continue;
		if (!item->kernel && grub_menu_loads_kernel(cursor))
			err = read_kernel(item, cursor);
		else if (item->kernel && loads_initrd(cursor))
			err = read_initrds(item, cursor);
	}
	return err;
}

/* --- the file ----------------------------------------------------------------------------------
 */

/* "### BEGIN /etc/grub.d/10_linux ###" */
static void note_section(struct reader *reader, const char *line)
{
	static const char begin[] = "### BEGIN /etc/grub.d/", end[] = "### END /etc/grub.d/";
	const char *name = line + strlen(begin);

	if (strncmp(line, end, strlen(end)) == 0)
		reader->origin = GRUB_UNKNOWN;
	if (strncmp(line, begin, strlen(begin)) != 0)
		return;
	reader->menu->sections = true;
	if (strncmp(name, "10_linux", 8) == 0 || strncmp(name, "20_linux_xen", 12) == 0)
		reader->origin = GRUB_OURS;
	else if (strncmp(name, "30_os-prober", 12) == 0)
		reader->origin = GRUB_FOREIGN;
	else
		reader->origin = GRUB_UNKNOWN;
}

/* Notes the sections up to the word just taken. */
static void note_sections(struct reader *reader)
{
	const char *line = reader->seen, *end;

	while (line < reader->cursor.begin) {
		note_section(reader, line);
		end = line + strcspn(line, "\n");
		if (!*end || end >= reader->cursor.begin)
			break;
		line = end + 1;
	}
	reader->seen = line;
}

/*
 * Reads an entry whose first word was just taken, or only the head of a submenu. Returns as
 * read_head().
 */
static int read_item(struct reader *reader, size_t above)
{
	struct grub_item item = { .above = above, .head = reader->cursor };
	int result;

	item.submenu = grub_word_is(&reader->cursor, "submenu");
	note_sections(reader);
	item.origin = reader->origin;
	result = read_head(&item, &reader->cursor);
	if (result == 1 && !item.submenu && read_commands(&item, &reader->cursor) < 0)
		result = -ENOMEM;
	if (result == 1 &&
	    array_add(&reader->menu->item, &reader->menu->count, &item, sizeof(item)) == 0)
		return 1;
	item_free(&item);
	return result == 1 ? -ENOMEM : result;
}

/* Reads to the end of a block, or of the text. Returns 0 or -ENOMEM. */
static int read_block(struct reader *reader, size_t above, int depth)
{
	struct grub_cursor *cursor = &reader->cursor;
	struct grub_menu *menu = reader->menu;
	enum grub_token token;
	int result = 0;

	while (result >= 0 && (token = grub_next(cursor)) != GRUB_END && token != GRUB_CLOSE) {
		result = 0;
		if (token == GRUB_OPEN)
			grub_skip_block(cursor);
		if (!cursor->first ||
		    (!grub_word_is(cursor, "menuentry") && !grub_word_is(cursor, "submenu")))
			continue;
		result = read_item(reader, above);
		if (result != 1 || !menu->item[menu->count - 1].submenu)
			continue;
		if (depth < DEPTH_MAX)
			result = read_block(reader, menu->count, depth + 1);
		else
			grub_skip_block(cursor);
	}
	return result < 0 ? result : 0;
}

int grub_menu_read(struct grub_menu *menu, const char *text)
{
	struct reader reader = { .menu = menu, .cursor.at = text, .seen = text };

	*menu = (struct grub_menu){ 0 };
	return read_block(&reader, 0, 0);
}

/* --- which entry -------------------------------------------------------------------------------
 */

/* Returns the length of the first part of a path, up to a '>'; ">>" is a '>' in a name. */
static size_t part_length(const char *path)
{
	size_t len = 0;

	while (path[len] && (path[len] != '>' || path[len + 1] == '>'))
		len += path[len] == '>' ? 2 : 1;
	return len;
}

/*
 * Returns true if the @len bytes of @part, from a path, stand for @name (normal/menu.c,
 * menuentry_eq()).
 */
static bool is_name(const char *name, const char *part, size_t len)
{
	const char *end = part + len;

	while (part < end && *name && *name == *part) {
		part += *part == '>' ? 2 : 1;
		name++;
	}
	return part == end && !*name;
}

/* Returns the index, plus 1, of the item in @above that the @len bytes of @name stand for; or 0. */
static size_t find_item(const struct grub_menu *menu, size_t above, const char *name, size_t len)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	bool numbered = len && end == name + len;
	const struct grub_item *item;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		item = &menu->item[i];
		if (item->above != above)
			continue;
		if (numbered && number-- == 0)
			return i + 1;
		if (is_name(item->title, name, len) || (item->id && is_name(item->id, name, len)))
			return i + 1;
	}
	return 0;
}

const struct grub_item *grub_menu_follow(const struct grub_menu *menu, const char *path)
{
	size_t at = 0, above, len;

	for (;;) {
		len = part_length(path);
		above = at;
		at = find_item(menu, above, path, len);
		if (!at)
			at = find_item(menu, above, "0", 1);
		if (!at || !menu->item[at - 1].submenu)
			break;
		path = path[len] ? path + len + 1 : "0";
	}
	return at ? &menu->item[at - 1] : NULL;
}

/* --- what it can do ----------------------------------------------------------------------------
 */

bool grub_menu_reads_custom(const char *text)
{
	return grub_has_command(text, "source", "/custom.cfg");
}

bool grub_menu_knows_next(const char *text)
{
	return grub_has_command(text, "save_env", "next_entry");
}

bool grub_menu_reads_entries(const char *text)
{
	return grub_has_command(text, "blscfg", NULL);
}
