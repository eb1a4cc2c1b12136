/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_script.h"

#include <stdlib.h>
#include <string.h>

#define BREAKS "\n;&|"

/* Skips blanks, comments, and escaped newlines. */
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

/* Skips a quoted text. In double quotes a backslash escapes the next character. */
static const char *skip_quoted(const char *at)
{
	char quote = *at++;

	while (*at && *at != quote)
		at += *at == '\\' && quote == '"' && at[1] ? 2 : 1;
	return *at ? at + 1 : at;
}

/* Skips one element of a word: quoted text, ${name}, or an escaped or plain character. */
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

/* Takes the next token, but does not track its position in the command. */
static enum grub_token take(struct grub_cursor *cursor)
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

/* Returns true if a command follows the word just taken. */
static bool is_keyword(const struct grub_cursor *cursor)
{
	return grub_word_is(cursor, "then") || grub_word_is(cursor, "else") ||
	       grub_word_is(cursor, "do");
}

enum grub_token grub_next(struct grub_cursor *cursor)
{
	enum grub_token token = take(cursor);

	cursor->first = token == GRUB_WORD && !cursor->inside;
	cursor->inside = token == GRUB_WORD && !(cursor->first && is_keyword(cursor));
	return token;
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

char *grub_rest(struct grub_cursor *cursor)
{
	struct grub_cursor next = *cursor;
	const char *begin = NULL;

	while (grub_next(&next) == GRUB_WORD) {
		begin = begin ? begin : next.begin;
		*cursor = next;
	}
	return begin ? strndup(begin, (size_t)(cursor->at - begin)) : strdup("");
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

bool grub_has_command(const char *text, const char *command, const char *piece)
{
	struct grub_cursor cursor = { .at = text };
	enum grub_token token;
	bool has = false;
	char *word;

	while (!has && (token = grub_next(&cursor)) != GRUB_END) {
		if (token != GRUB_WORD || !cursor.first || !grub_word_is(&cursor, command))
			continue;
		if (!piece)
			return true;
		word = grub_next(&cursor) == GRUB_WORD ? grub_word(&cursor) : NULL;
		has = word && strstr(word, piece);
		free(word);
	}
	return has;
}
