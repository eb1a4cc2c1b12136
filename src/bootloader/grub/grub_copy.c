/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "grub_default.h"
#include "grub_menu.h"

static const struct grub_item *choose(const struct grub_menu *menu, const char *name)
{
	const struct grub_item *item = grub_menu_follow(menu, name ? name : "0");
	size_t i;

	if (item && item->kernel && item->origin != GRUB_FOREIGN)
		return item;
	for (i = 0; i < menu->count; i++)
		if (menu->item[i].kernel && menu->item[i].origin != GRUB_FOREIGN)
			return &menu->item[i];
	return NULL;
}

/* --- the copy ----------------------------------------------------------------------------------
 */

/* A copy in progress: @taken is the end of what has been copied. */
struct copy {
	FILE *out;
	const char *taken;
};

/* Copies everything up to @end, and continues at @next. */
static void take(struct copy *copy, const char *end, const char *next)
{
	fwrite(copy->taken, 1, (size_t)(end - copy->taken), copy->out);
	copy->taken = next;
}

/* The same, without the blanks before @end. */
static void take_trimmed(struct copy *copy, const char *end, const char *next)
{
	while (end > copy->taken && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	take(copy, end, next);
}

/* Prints @text in single quotes. */
static void print_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
}

/* Copies everything up to and including the '{', and adds a command. */
static void copy_head(struct copy *copy, const struct grub_item *item, struct grub_cursor *cursor)
{
	const char *begin;
	bool titled = false, id;

	copy->taken = cursor->begin;
	while (grub_next(cursor) == GRUB_WORD) {
		begin = cursor->begin;
		id = grub_menu_is_id_option(cursor);
		if (grub_menu_takes_value(cursor)) {
			grub_next(cursor);
			if (id)
				take_trimmed(copy, begin, cursor->at);
		} else if (*begin != '-' && !titled) {
			titled = true;
			take(copy, begin, cursor->at);
			fputc('\'', copy->out);
			print_quoted(copy->out, item->title);
			fputs(GRUB_COPY_TITLE "' --id " GRUB_COPY_ID, copy->out);
		}
	}
	take_trimmed(copy, cursor->begin, cursor->at);
	/* As if started by next_entry: see savedefault in 00_header. */
	fputs(" {\n\tset boot_once=true", copy->out);
}

/* Copies a command that loads a kernel. Returns 0, -ENOMEM, or -EBADMSG for an open quote. */
static int copy_kernel(struct copy *copy, struct grub_cursor *cursor, const char *words)
{
	struct grub_cursor next = *cursor;
	char *old, *fresh;
	int err;

	if (grub_next(&next) != GRUB_WORD)
		return 0;
	*cursor = next;
	take(copy, cursor->at, cursor->at);
	old = grub_rest(cursor);
	fresh = old ? cmdline_with(old, words) : NULL;
	err = fresh ? 0 : -errno;
	if (fresh) {
		fprintf(copy->out, " %s", fresh);
		copy->taken = cursor->at;
	}
	free(fresh);
	free(old);
	return err;
}

/* Copies the block, up to and including its '}'. Returns as copy_kernel(). */
static int copy_block(struct copy *copy, struct grub_cursor *cursor, const char *words)
{
	enum grub_token token;
	size_t depth = 1;
	int err = 0;

	while (depth && !err && (token = grub_next(cursor)) != GRUB_END) {
		depth += token == GRUB_OPEN;
		depth -= token == GRUB_CLOSE;
		if (cursor->first && grub_menu_loads_kernel(cursor))
			err = copy_kernel(copy, cursor, words);
	}
	take(copy, cursor->at, cursor->at);
	return err;
}

/* Returns a new string, or NULL with errno as from cmdline_with(). */
static char *copy_item(const struct grub_item *item, const char *words)
{
	struct grub_cursor cursor = item->head;
	struct copy copy = { 0 };
	char *text = NULL;
	size_t size;
	int err;

	copy.out = open_memstream(&text, &size);
	if (!copy.out)
		return NULL;
	copy_head(&copy, item, &cursor);
	err = copy_block(&copy, &cursor, words);
	fputc('\n', copy.out);
	if (fclose(copy.out) == 0 && !err)
		return text;
	free(text);
	errno = err ? -err : ENOMEM;
	return NULL;
}

/* Returns true if GRUB will find one entry with the words in @copy: quotes may hide them. */
static bool is_sound(const char *copy, const char *words)
{
	struct grub_menu menu;
	bool sound = grub_menu_read(&menu, copy) == 0 && menu.count == 1 && menu.item[0].id &&
		     strcmp(menu.item[0].id, GRUB_COPY_ID) == 0 && menu.item[0].cmdline &&
		     cmdline_has(menu.item[0].cmdline, words);

	grub_menu_free(&menu);
	return sound;
}

char *grub_copy_make(const char *text, const char *environment, const char *words, const char **why)
{
	char *name = grub_default_name(text, environment, false), *copy = NULL;
	const struct grub_item *item = NULL;
	struct grub_menu menu;
	int err = grub_menu_read(&menu, text);

	*why = NULL;
	if (!err)
		item = choose(&menu, name);
	if (!err && !item)
		*why = "it has no entry that starts a Linux kernel of this system";
	else if (!err)
		copy = copy_item(item, words);
	if (item && !copy && errno == EBADMSG)
		*why = "a quote on the kernel command line of its default entry is not closed";
	if (copy && !is_sound(copy, words)) {
		*why = "its default entry has quotes or braces that cannot be parsed";
		free(copy);
		copy = NULL;
	}
	grub_menu_free(&menu);
	free(name);
	return copy;
}
