/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refind_conf.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"

#define BLANKS " \t\r"

/* Returns the first line that is not empty and not a comment, without its blanks; or NULL. */
static const char *first_line(const char *text)
{
	for (;;) {
		text += strspn(text, BLANKS);
		if (!*text)
			return NULL;
		if (*text != '#' && *text != '\n')
			return text;
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
}

unsigned int refind_conf_line(const char *text)
{
	const char *line = first_line(text);
	unsigned int number = 1;

	if (!line)
		return 0;
	for (; text < line; text++)
		number += *text == '\n';
	return number;
}

/* Returns the closing quote of the text in quotes at @at; NULL if there is none on the line. */
static const char *closing_quote(const char *at)
{
	if (*at != '"')
		return NULL;
	for (at++; *at && *at != '\n'; at++) {
		if (*at != '"')
			continue;
		if (at[1] != '"')
			return at;
		at++;
	}
	return NULL;
}

/* Finds the options of a line, without quotes. Returns false if there are none. */
static bool find_options(const char *line, const char **begin, const char **end)
{
	const char *title = closing_quote(line);

	if (!title)
		return false;
	*begin = title + 1 + strspn(title + 1, BLANKS);
	*end = closing_quote(*begin);
	(*begin)++;
	return *end;
}

/* The same for the first line. Returns 0, or an errno. */
static int find_default(const char *text, const char **begin, const char **end)
{
	const char *line = first_line(text);

	if (!line)
		return ENOENT;
	return find_options(line, begin, end) ? 0 : EINVAL;
}

/* Returns the text from @begin to @end with each pair of quotes as one. */
static char *decode(const char *begin, const char *end)
{
	char *value = malloc((size_t)(end - begin) + 1), *to = value;

	for (; value && begin < end; begin++) {
		*to++ = *begin;
		begin += *begin == '"';
	}
	if (value)
		*to = '\0';
	return value;
}

static void print_encoded(FILE *out, const char *value)
{
	for (; *value; value++)
		fprintf(out, *value == '"' ? "\"%c" : "%c", *value);
}

char *refind_conf_options(const char *text, size_t index)
{
	const char *line = first_line(text), *begin, *end;

	for (; line; line = first_line(line + strcspn(line, "\n")))
		if (find_options(line, &begin, &end) && index-- == 0)
			return decode(begin, end);
	errno = ENOENT;
	return NULL;
}

char *refind_conf_default(const char *text)
{
	const char *begin, *end;
	int err = find_default(text, &begin, &end);

	if (!err)
		return decode(begin, end);
	errno = err;
	return NULL;
}

char *refind_conf_with(const char *text, const char *words)
{
	char *value = refind_conf_default(text), *fresh, *whole = NULL;
	const char *begin, *end;
	size_t len;
	FILE *out;

	fresh = value ? cmdline_with(value, words) : NULL;
	free(value);
	if (!fresh || find_default(text, &begin, &end))
		return NULL;
	out = open_memstream(&whole, &len);
	if (out) {
		fwrite(text, 1, (size_t)(begin - text), out);
		print_encoded(out, fresh);
		fputs(end, out);
	}
	free(fresh);
	if (out && fclose(out) == 0)
		return whole;
	free(whole);
	errno = ENOMEM;
	return NULL;
}
