/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_script.h"

#include <stdlib.h>
#include <string.h>

#define BREAKS "\n;&|"

/* Behind blanks, comments, and line ends that a backslash hides. */
static const char *skip_blanks(const char *at)
{
	for (;;) {
		at += strspn(at, " \t\r");
		if (at[0] == '\\' && at[1] == '\n')
			at += 2;
		else if (at[0] == '#')
			at += strcspn(at, "\n");
		else
			return at;
	}
}

/* Behind the quote that closes the one at @at. In double ones a backslash hides what follows. */
static const char *skip_quoted(const char *at)
{
	char quote = *at++;

	while (*at && *at != quote)
		at += *at == '\\' && quote == '"' && at[1] ? 2 : 1;
	return *at ? at + 1 : at;
}

/* Behind one element of a word: a quoted text, ${name}, what a backslash hides, or a character. */
static const char *skip_element(const char *at)
{
	if (*at == '\'' || *at == '"')
		return skip_quoted(at);
	if (*at == '\\' && at[1])
		return at + 2;
	if (at[0] == '$' && at[1] == '{') {
		at += strcspn(at, "}\n");
		return *at == '}' ? at + 1 : at;
	}
	return at + 1;
}

enum grub_token grub_next(struct grub_cursor *cursor)
{
	const char *at = skip_blanks(cursor->at);

	cursor->begin = cursor->at = at;
	if (!*at)
		return GRUB_END;
	cursor->at = at + 1;
	if (strchr(BREAKS, *at))
		return GRUB_BREAK;
	if (*at == '{' || *at == '}')
		return *at == '{' ? GRUB_OPEN : GRUB_CLOSE;
	while (*at && !strchr(BREAKS "{} \t\r", *at))
		at = skip_element(at);
	cursor->at = at;
	return GRUB_WORD;
}

bool grub_word_is(const struct grub_cursor *cursor, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(cursor->at - cursor->begin) == len &&
	       strncmp(cursor->begin, word, len) == 0;
}

char *grub_word(const struct grub_cursor *cursor)
{
	const char *at = cursor->begin;
	char *word = malloc((size_t)(cursor->at - at) + 1), *to = word, quote = '\0';

	if (!word)
		return NULL;
	for (; at < cursor->at; at++) {
		if (quote ? *at == quote : *at == '\'' || *at == '"') {
			quote = quote ? '\0' : *at;
			continue;
		}
		if (*at == '\\' && quote != '\'' && at + 1 < cursor->at)
			at++;
		*to++ = *at;
	}
	*to = '\0';
	return word;
}

bool grub_skip_block(struct grub_cursor *cursor)
{
	size_t depth = 1;

	while (depth) {
		switch (grub_next(cursor)) {
		case GRUB_END:
			return false;
		case GRUB_OPEN:
			depth++;
			break;
		case GRUB_CLOSE:
			depth--;
			break;
		default:
			break;
		}
	}
	return true;
}
