/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

struct reader {
	char *at;
	unsigned int number; /* of the line */
	shell_word_fn *take;
	void *to;
};

static char step(struct reader *reader)
{
	if (*reader->at == '\n')
		reader->number++;
	return *reader->at++;
}

static void skip_line(struct reader *reader)
{
	while (*reader->at && step(reader) != '\n')
		;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Returns the name at the beginning of an assignment and terminates it; NULL if there is none. */
static char *take_name(struct reader *reader)
{
	char *begin = reader->at, *end = begin;

	while (isalnum((unsigned char)*end) || *end == '_')
		end++;
	if (end == begin || (*end != '=' && strncmp(end, "+=", 2) != 0))
		return NULL;
	reader->at = end + (*end == '+') + 1;
	*end = '\0';
	return begin;
}

/*
 * Takes the words of the value at the reader: up to an unquoted blank, or the ')' of a list. Quoted
 * blanks separate words, too: dracut and mkinitcpio split such values.
 */
static void take_value(struct reader *reader, const char *name)
{
	struct shell_word word = { .name = name };
	bool list = *reader->at == '(';
	char quote = '\0', *begin = NULL, *to = NULL, c;

	if (list)
		reader->at++;
	for (;;) {
		c = *reader->at;
		if (!begin && c == '#' && list && !quote) {
			skip_line(reader);
			continue;
		}
		if (c == '\\' && reader->at[1] == '\n') {
			step(reader);
			step(reader);
			c = ' ';
		} else if (c) {
			if (!begin && !is_blank(c) && c != '\n')
				word.number = reader->number;
			step(reader);
		}
		if (c && (quote ? c == quote : c == '"' || c == '\'')) {
			quote = quote ? '\0' : c;
			continue;
		}
		if (c && !is_blank(c) && c != '\n' && (quote || c != (list ? ')' : ';'))) {
			if (!begin)
				begin = to = reader->at - 1;
			*to++ = c;
			continue;
		}
		if (begin) {
			*to = '\0';
			word.word = begin;
			reader->take(reader->to, &word);
			begin = NULL;
		}
		if (!c || (!quote && (list ? c == ')' : true)))
			return;
	}
}

void shell_words(char *text, shell_word_fn *take, void *to)
{
	struct reader reader = { text, 1, take, to };
	const char *name;

	while (*reader.at) {
		while (is_blank(*reader.at))
			reader.at++;
		name = *reader.at == '#' ? NULL : take_name(&reader);
		if (name) {
			take_value(&reader, name);
			/* What follows on this line may be another assignment. */
			continue;
		}
		skip_line(&reader);
	}
}
