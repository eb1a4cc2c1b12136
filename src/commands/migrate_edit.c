/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "migrate_edit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r\n"

/* Part of a text: a line, with its newline, and those joined to it. */
struct part {
	const char *begin, *end;
};

static const char *next_line(const char *line)
{
	const char *newline = strchr(line, '\n');

	return newline ? newline + 1 : line + strlen(line);
}

/* Returns true if the line that ends before @end is joined to the next one. */
static bool is_joined(const char *begin, const char *end)
{
	end -= end > begin && end[-1] == '\n';
	return end > begin && end[-1] == '\\' && *end;
}

/* Finds a line. Returns false, with errno, if there is none of this number. */
static bool find_line(struct part *part, const char *text, unsigned int number, bool joined)
{
	for (; number > 1 && *text; number--)
		text = next_line(text);
	part->begin = text;
	part->end = next_line(text);
	while (joined && is_joined(part->begin, part->end))
		part->end = next_line(part->end);
	if (*text)
		return true;
	errno = ENOENT;
	return false;
}

/* Returns the text with @instead in place of a part. */
static char *replace(const char *text, const struct part *part, const char *instead)
{
	char *whole;

	if (asprintf(&whole, "%.*s%s%s", (int)(part->begin - text), text, instead, part->end) >= 0)
		return whole;
	errno = ENOMEM;
	return NULL;
}

char *edit_without_line(const char *text, unsigned int number, bool joined)
{
	struct part part;

	return find_line(&part, text, number, joined) ? replace(text, &part, "") : NULL;
}

/* --- options of modprobe.d ---------------------------------------------------------------------
 */

/* Returns the end of the word at @word; quoted blanks belong to it. */
static const char *end_of(const char *word)
{
	bool quoted = false;

	for (; *word && (quoted || !strchr(BLANKS, *word)); word++)
		quoted ^= *word == '"';
	return word;
}

static bool is_ids(const char *word)
{
	word += *word == '"';
	return strncmp(word, "ids=", strlen("ids=")) == 0;
}

/* Copies a line without the backslashes that join it to others, and without newlines. */
static char *join(const struct part *part)
{
	char *line = strndup(part->begin, (size_t)(part->end - part->begin)), *from, *to;

	for (from = to = line; line && *from; from++) {
		if (from[0] == '\\' && from[1] == '\n')
			*to++ = ' ';
		else if (*from != '\n')
			*to++ = *from;
	}
	if (line)
		*to = '\0';
	return line;
}

/* Prints the words of a line but its ids=; *@kept: how many there are. Returns true if any ids=. */
static bool print_others(FILE *out, const char *line, size_t *kept)
{
	bool any = false;
	const char *end;

	*kept = 0;
	for (line += strspn(line, BLANKS); *line; line = end + strspn(end, BLANKS)) {
		end = end_of(line);
		if (is_ids(line))
			any = true;
		else
			fprintf(out, "%s%.*s", (*kept)++ ? " " : "", (int)(end - line), line);
	}
	fputc('\n', out);
	return any;
}

char *edit_without_ids(const char *text, unsigned int number)
{
	char *line, *fresh = NULL, *whole = NULL;
	struct part part;
	size_t len, kept;
	bool any = false;
	FILE *out;

	if (!find_line(&part, text, number, true))
		return NULL;
	line = join(&part);
	out = line ? open_memstream(&fresh, &len) : NULL;
	if (out)
		any = print_others(out, line, &kept);
	if (out && fclose(out) == 0 && any)
		/* "options" and the module alone set nothing. */
		whole = replace(text, &part, kept > 2 ? fresh : "");
	else
		errno = out ? ENOENT : ENOMEM;
	free(fresh);
	free(line);
	return whole;
}

/* --- words of lists ----------------------------------------------------------------------------
 */

char *edit_without_word(const char *text, unsigned int number, const char *word)
{
	size_t len = strlen(word);
	struct part part;
	const char *at;

	if (!find_line(&part, text, number, false))
		return NULL;
	for (at = part.begin; at + len <= part.end; at++) {
		if (strncmp(at, word, len) != 0 ||
		    (at > part.begin && !strchr(" \t\"'(=", at[-1])) ||
		    (at[len] && !strchr(BLANKS "\"')\\", at[len])))
			continue;
		part = (struct part){ at, at + len };
		/* With it goes one of the blanks around it. */
		if (*part.end == ' ' || *part.end == '\t')
			part.end++;
		else if (at > text && (at[-1] == ' ' || at[-1] == '\t'))
			part.begin--;
		return replace(text, &part, "");
	}
	errno = ENOENT;
	return NULL;
}

bool edit_is_blank(const char *text)
{
	return !text[strspn(text, BLANKS)];
}
