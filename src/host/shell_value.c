/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_value.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t"

/* The place of a value in a text. */
struct place {
	const char *begin; /* with its quote */
	const char *end;   /* after it and its quote */
	char quote;        /* or NUL */
};

/* Returns what follows "NAME=" on a line, or NULL. */
static const char *after_name(const char *line, const char *name)
{
	size_t len = strlen(name);

	line += strspn(line, BLANKS);
	if (strncmp(line, "export", 6) == 0 && line[6] && strchr(BLANKS, line[6]))
		line += 6 + strspn(line + 6, BLANKS);
	return strncmp(line, name, len) == 0 && line[len] == '=' ? line + len + 1 : NULL;
}

/* Returns what follows "NAME=" on the last line of @text that has it, or NULL. */
static const char *find_last(const char *text, const char *name)
{
	const char *line = text, *found = NULL, *value;

	while (line) {
		value = after_name(line, name);
		if (value)
			found = value;
		line = strchr(line, '\n');
		line += line != NULL;
	}
	return found;
}

/* Returns the closing quote, on the same line, or NULL. */
static const char *closing(const char *c, char quote)
{
	for (; *c && *c != '\n' && *c != quote; c++)
		if (*c == '\\' && quote == '"' && c[1] && c[1] != '\n')
			c++;
	return *c == quote ? c : NULL;
}

/* Returns 0, or -1 with errno. */
static int find(const char *text, const char *name, struct place *place)
{
	const char *c = find_last(text, name);

	errno = ENOENT;
	if (!c)
		return -1;
	errno = EINVAL;
	place->begin = c;
	place->quote = *c == '"' || *c == '\'' ? *c : '\0';
	c = place->quote ? closing(c + 1, place->quote) : c + strcspn(c, BLANKS "\n;#");
	if (!c)
		return -1;
	place->end = c + (place->quote != '\0');
	/* Only a comment may follow. */
	c = place->end + strspn(place->end, BLANKS);
	return *c == '\0' || *c == '\n' || (*c == '#' && c > place->end) ? 0 : -1;
}

char *shell_value(const char *text, const char *name)
{
	struct place place;
	size_t quote;

	if (find(text, name, &place) < 0)
		return NULL;
	quote = place.quote != '\0';
	return strndup(place.begin + quote, (size_t)(place.end - place.begin) - 2 * quote);
}

char *shell_with_value(const char *text, const char *name, const char *value)
{
	struct place place;
	char quote, *fresh;
	size_t len = strlen(text);
	int result;

	if (find(text, name, &place) == 0) {
		quote = place.quote ? place.quote : '"';
		result = asprintf(&fresh, "%.*s%c%s%c%s", (int)(place.begin - text), text, quote,
				  value, quote, place.end);
	} else if (errno == ENOENT) {
		result = asprintf(&fresh, "%s%s%s=\"%s\"\n", text,
				  len && text[len - 1] != '\n' ? "\n" : "", name, value);
	} else {
		return NULL;
	}
	return result < 0 ? NULL : fresh;
}
