/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "named_entries.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"
#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-"

/* What the scripts append to titles, ids and file names. */
#define TITLE_BEGIN " (vfio: "
#define TITLE_OFF   " (vfio-claim off)"
#define MARK_OFF    "~novfio"

static const char head[] =
	"# Boot menu entries of 'vfio-claim enable --entry', a line each: NAME, and what it adds "
	"to\n"
	"# the kernel command line. 'vfio-claim disable --entry NAME' removes one.\n";

const char *named_entry_name_trouble(const char *name)
{
	if (!name[0])
		return "it is empty";
	if (name[strspn(name, NAME_CHARACTERS)] || name[0] == '-')
		return "it may contain only letters, digits, '-' and '_', and must not begin with "
		       "'-'";
	if (strlen(name) > NAMED_ENTRY_NAME_MAX)
		return "it is longer than 32 characters";
	return NULL;
}

/* --- the file ----------------------------------------------------------------------------------
 */

static void item_free(struct named_entry *item)
{
	free(item->name);
	free(item->words);
}

void named_entries_free(struct named_entries *all)
{
	while (all->count)
		item_free(&all->item[--all->count]);
	free(all->item);
	*all = (struct named_entries){ 0 };
}

const struct named_entry *named_entries_find(const struct named_entries *all, const char *name)
{
	size_t i;

	for (i = 0; i < all->count; i++)
		if (strcmp(all->item[i].name, name) == 0)
			return &all->item[i];
	return NULL;
}

/* Returns true if the scripts use the words: they skip what a boot loader could misunderstand. */
static bool is_usable(const char *words)
{
	char *unsafe = cmdline_unsafe_word(words);

	free(unsafe);
	return words[0] && !unsafe;
}

/* Adds the entry of one line, unless that is a comment or not usable. */
static int add_line(struct named_entries *all, char *line)
{
	char *words = line, *name = config_word(&words);
	struct named_entry item;

	if (!name || name[0] == '#' || named_entry_name_trouble(name) ||
	    named_entries_find(all, name))
		return 0;
	words += strspn(words, " \t");
	if (!is_usable(words))
		return 0;
	item = (struct named_entry){ .name = strdup(name), .words = strdup(words) };
	if (item.name && item.words && array_add(&all->item, &all->count, &item, sizeof(item)) == 0)
		return 0;
	item_free(&item);
	return -1;
}

int named_entries_read(struct named_entries *all, const char *sysroot)
{
	char *text = config_text(sysroot, NAMED_ENTRIES_FILE), *rest = text, *line;
	int result = 0;

	*all = (struct named_entries){ 0 };
	if (!text && errno == ENOENT)
		return 0;
	if (!text) {
		message_error("cannot read " NAMED_ENTRIES_FILE ": %s", config_error(errno));
		return -1;
	}
	while (result == 0 && (line = strsep(&rest, "\n")))
		result = add_line(all, line);
	if (result < 0)
		message_errno(ENOMEM, NAMED_ENTRIES_FILE);
	free(text);
	return result;
}

char *named_entries_text(const struct named_entries *all, const char *name, const char *words)
{
	char *text = NULL;
	bool placed = !words;
	size_t size, i;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return NULL;
	if (words || all->count > (named_entries_find(all, name) ? 1U : 0U))
		fputs(head, out);
	for (i = 0; i < all->count; i++) {
		if (strcmp(all->item[i].name, name) != 0) {
			fprintf(out, "%s %s\n", all->item[i].name, all->item[i].words);
		} else if (words) {
			fprintf(out, "%s %s\n", name, words);
			placed = true;
		}
	}
	if (!placed)
		fprintf(out, "%s %s\n", name, words);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* --- entries of the menu -----------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

char *named_entry_of(const char *title, const char *id)
{
	const char *at = NULL, *next = title;
	char *name;

	/* A user's own entry may have such a title, and a kernel's version such a part. */
	if (!title || !id || !(strstr(id, "~vfio~") || strstr(id, "-vfio-")) ||
	    !ends_with(title, ")"))
		return NULL;
	while ((next = strstr(next, TITLE_BEGIN)))
		at = next++;
	if (!at)
		return NULL;
	at += strlen(TITLE_BEGIN);
	name = strndup(at, strlen(at) - 1);
	if (!name || !named_entry_name_trouble(name))
		return name;
	free(name);
	return NULL;
}

bool named_entry_is_off(const char *title, const char *id)
{
	return title && id && ends_with(title, TITLE_OFF) && ends_with(id, MARK_OFF);
}
