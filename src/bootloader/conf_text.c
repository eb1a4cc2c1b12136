/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"

/* Returns true if the line of @len characters is a setting that expresses a wish. */
static bool is_wish(const char *line, size_t len)
{
	char *copy = strndup(line, len);
	struct wishes wishes = { 0 };
	bool wish = copy && wishes_read_conf(&wishes, copy) == 0 &&
		    (wishes.claims || wishes.keeps || wishes.force || wishes.vfs || wishes.group ||
		     wishes.strict);

	wishes_free(&wishes);
	free(copy);
	return wish;
}

/* Returns true if @text has exactly the wishes of @words. */
static bool has_wishes(const char *text, const char *words)
{
	struct wishes file = { 0 }, wanted = { 0 };
	char *is = NULL, *should = NULL;
	bool has;

	if (wishes_read_conf(&file, text) == 0 && wishes_read(&wanted, words) == 0) {
		is = wishes_words(&file);
		should = wishes_words(&wanted);
	}
	has = is && should && strcmp(is, should) == 0;
	free(should);
	free(is);
	wishes_free(&wanted);
	wishes_free(&file);
	return has;
}

/* Returns @text without its wishes: a new string, or NULL if out of memory. */
static char *without_wishes(const char *text)
{
	char *others = strdup(text), *to = others;
	bool dropped = false;
	size_t len;

	for (; to && *text; text += len) {
		len = strcspn(text, "\n");
		len += text[len] == '\n';
		dropped = is_wish(text, len);
		if (!dropped)
			to = mempcpy(to, text, len);
	}
	if (!to)
		return NULL;
	/* If the last line had no newline, the new last line has none. */
	if (dropped && text[-1] != '\n' && to > others)
		to--;
	*to = '\0';
	return others;
}

/* Returns @others, which has no wishes, followed by @lines. @open: end without a newline. */
static char *join(const char *others, const char *lines, bool open)
{
	size_t len = strlen(others), lines_len = strlen(lines);
	bool separate = len && lines_len && others[len - 1] != '\n';
	char *text;

	lines_len -= open && lines_len;
	if (asprintf(&text, "%s%s%.*s", others, separate ? "\n" : "", (int)lines_len, lines) < 0)
		return NULL;
	return text;
}

char *conf_text_with(const char *text, const char *words)
{
	bool open = *text && text[strlen(text) - 1] != '\n';
	struct wishes wishes = { 0 };
	char *others, *lines = NULL, *fresh = NULL;

	if (has_wishes(text, words))
		return strdup(text);
	others = without_wishes(text);
	if (others && wishes_read(&wishes, words) == 0)
		lines = wishes_conf(&wishes);
	if (lines)
		fresh = join(others, lines, open);
	wishes_free(&wishes);
	free(lines);
	free(others);
	return fresh;
}
