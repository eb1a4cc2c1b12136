/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS    " \t"
#define OPERATORS ";&|()<>\n"

/* How deeply substitutions may be nested. */
#define DEPTH_MAX 32

/* Marks the end of a line added by shell_with_value(). */
#define ADDED " # added by vfio-claim"

static const char not_closed[] = "a quote, a bracket or a block is not closed: close it";
static const char not_plain[] = "the value is not one plain text in quotes: write it as NAME=\"…\"";

/* --- words -------------------------------------------------------------------------------------
 */

static const char *skip_substitution(const char *at, int depth);

/* Returns what follows the quotes at @at, or NULL if they are not closed. */
static const char *skip_quotes(const char *at, int depth)
{
	char quote = *at++;

	while (at && *at && *at != quote) {
		if (*at == '\\' && quote != '\'' && at[1])
			at += 2;
		else if (*at == '$' && quote == '"')
			at = skip_substitution(at, depth + 1);
		else
			at++;
	}
	return at && *at ? at + 1 : NULL;
}

/* Returns what follows the substitution at @at, a '$', or NULL if that has no end. */
static const char *skip_substitution(const char *at, int depth)
{
	char open = at[1], close = open == '(' ? ')' : '}';
	int nested = 1;

	if (open != '(' && open != '{')
		return at + 1;
	if (depth > DEPTH_MAX)
		return NULL;
	for (at += 2; at && *at && nested;) {
		if (*at == '\'' || *at == '"' || *at == '`') {
			at = skip_quotes(at, depth + 1);
			continue;
		}
		if (*at == '$' && (at[1] == '(' || at[1] == '{')) {
			at = skip_substitution(at, depth + 1);
			continue;
		}
		if (*at == '\\' && at[1])
			at++;
		else
			nested += (*at == open) - (*at == close);
		at++;
	}
	return nested ? NULL : at;
}

/* Returns what follows a backslash and its character, or NULL at the end of the text. */
static const char *skip_escaped(const char *at)
{
	return at[1] ? at + 2 : NULL;
}

/* Returns the end of the word at @at, or NULL if something in it is not closed. */
static const char *skip_word(const char *at)
{
	while (at && *at && !strchr(BLANKS OPERATORS, *at)) {
		if (*at == '\'' || *at == '"' || *at == '`')
			at = skip_quotes(at, 0);
		else if (*at == '$')
			at = skip_substitution(at, 0);
		else
			at = *at == '\\' ? skip_escaped(at) : at + 1;
	}
	return at;
}

static const char *skip_blanks(const char *at)
{
	for (;;) {
		at += strspn(at, BLANKS);
		if (at[0] == '\\' && at[1] == '\n')
			at += 2;
		else
			return at;
	}
}

/* --- assignments -------------------------------------------------------------------------------
 */

/* The last assignment of a variable. */
struct place {
	const char *name;
	const char *begin; /* of the value, including its quote; NULL: there is none */
	const char *end;
	char quote;      /* or NUL */
	const char *why; /* why it is not plain; NULL if it is */
	bool conditional;
};

/* The state of a scan. */
struct scan {
	const char *at;
	bool begins;         /* at a command, or assignments before one */
	bool chained;        /* what follows depends on an earlier command */
	bool operated;       /* just after an operator */
	unsigned int blocks; /* if, case, loops, braces */
	unsigned int parens;
};

/* Returns the end, including quotes, of a value that is one plain text; NULL if it is not. */
static const char *plain_end(const char *begin)
{
	char quote = *begin == '"' || *begin == '\'' ? *begin : '\0';
	const char *c = begin + (quote != '\0');

	if (!quote) {
		for (; *c && (strchr(SHELL_PLAIN, *c) || strncmp(c, "\\ ", 2) == 0); c++)
			c += *c == '\\';
		return c;
	}
	for (; *c && *c != '\n' && *c != quote; c++) {
		if (quote == '\'')
			continue;
		if (*c == '`' || strncmp(c, "$(", 2) == 0)
			return NULL;
		if (strncmp(c, "${", 2) == 0 && !strchr("}", c[2 + strcspn(c + 2, "} \t:-+=?%#/")]))
			return NULL;
		if (*c == '\\' && c[1] && c[1] != '\n')
			c++;
	}
	return *c == quote ? c + 1 : NULL;
}

/* Returns why a value that ends at @end, within its line, is not plain; NULL if it is. */
static const char *check_end(const char *end)
{
	const char *c = end + strspn(end, BLANKS);

	if (!*c || *c == '\n' || *c == ';' || (*c == '#' && c > end))
		return NULL;
	if (*c == '\r')
		return "the line ends with a carriage return: convert the file with dos2unix(1)";
	return not_plain;
}

/* Notes the assignment whose value begins at @begin and ends at @end. */
static void note(struct place *place, const struct scan *scan, const char *begin, const char *end,
		 bool appends)
{
	const char *plain = plain_end(begin);

	place->begin = begin;
	place->end = end;
	place->quote = *begin == '"' || *begin == '\'' ? *begin : '\0';
	place->conditional = scan->blocks || scan->parens || scan->chained;
	if (appends)
		place->why = "it is set with '+=': write it as NAME=\"…\"";
	else if (*end == '\r' || (end > begin && end[-1] == '\r'))
		place->why = check_end("\r");
	else
		place->why = plain == end ? check_end(end) : not_plain;
}

/*
 * Takes a word of a command, and notes it if it assigns the variable. Returns true if it is an
 * assignment.
 */
static bool take_assignment(struct scan *scan, const char *end, struct place *place)
{
	const char *c = scan->at;
	bool appends;
	size_t len;

	while (isalnum((unsigned char)*c) || *c == '_')
		c++;
	len = (size_t)(c - scan->at);
	appends = c[0] == '+' && c[1] == '=';
	if (!len || isdigit((unsigned char)*scan->at) || (*c != '=' && !appends))
		return false;
	if (strlen(place->name) == len && strncmp(scan->at, place->name, len) == 0)
		note(place, scan, c + 1 + appends, end, appends);
	return true;
}

static bool is_one_of(const char *word, size_t len, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == len && strncmp(word, *words, len) == 0)
			return true;
	return false;
}

/* Takes the first word of a command. */
static void take_first(struct scan *scan, const char *end, struct place *place)
{
	static const char *const opening[] = { "if", "while", "until", "{", NULL };
	static const char *const opening_words[] = { "case", "for", "select", NULL };
	static const char *const closing[] = { "fi", "done", "esac", "}", NULL };
	static const char *const between[] = { "then", "else",   "elif",     "do",
					       "!",    "export", "readonly", NULL };
	size_t len = (size_t)(end - scan->at);

	if (is_one_of(scan->at, len, between) || take_assignment(scan, end, place))
		return;
	scan->begins = is_one_of(scan->at, len, opening);
	scan->blocks += scan->begins || is_one_of(scan->at, len, opening_words);
	if (scan->blocks && is_one_of(scan->at, len, closing))
		scan->blocks--;
}

static void take_operator(struct scan *scan)
{
	char c = *scan->at++;

	if (c == '<' || c == '>') {
		scan->begins = false;
		return;
	}
	if (c == '(')
		scan->parens++;
	/* The pattern of a case has no '('. */
	if (c == ')' && scan->parens)
		scan->parens--;
	if (c == '|' || (c == '&' && *scan->at == '&'))
		scan->chained = true;
	/* A newline after "&&" ends nothing. */
	else if (c == ';' || c == '&' || (c == '\n' && !scan->operated))
		scan->chained = false;
	if (c == '&' && *scan->at == '&')
		scan->at++;
	scan->begins = scan->operated = true;
}

/* Returns true if a line added at the end of @text, where the scan is, is a separate command. */
static bool is_complete(const struct scan *scan, const char *text)
{
	bool joined = scan->at > text && scan->at[-1] == '\n' && !scan->operated;

	return !joined && !scan->blocks && !scan->parens && !(scan->chained && scan->operated);
}

/* Parses @text. Returns NULL, or why that is not possible from *@stopped on. */
static const char *follow(const char *text, struct place *place, const char **stopped)
{
	struct scan scan = { .at = text, .begins = true };
	const char *end;

	*stopped = text;
	if (strncmp(text, "\xef\xbb\xbf", 3) == 0)
		return "it begins with a byte order mark: remove that";
	for (;;) {
		scan.at = skip_blanks(scan.at);
		*stopped = scan.at;
		if (!*scan.at)
			return place->begin || is_complete(&scan, text) ? NULL : not_closed;
		if (*scan.at == '#') {
			scan.at += strcspn(scan.at, "\n");
			continue;
		}
		if (strncmp(scan.at, "<<", 2) == 0)
			return "a here-document begins: replace it";
		if (strchr(OPERATORS, *scan.at)) {
			take_operator(&scan);
			continue;
		}
		end = skip_word(scan.at);
		if (!end)
			return not_closed;
		scan.operated = false;
		if (scan.begins)
			take_first(&scan, end, place);
		scan.at = end;
	}
}

/* --- values ------------------------------------------------------------------------------------
 */

static unsigned int line_of(const char *text, const char *at)
{
	unsigned int line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

/* Finds the last assignment to @name. Returns why it cannot be replaced, as shell_trouble(). */
static const char *find(const char *text, const char *name, struct place *place, const char **at)
{
	const char *why;

	*place = (struct place){ .name = name };
	why = follow(text, place, at);
	if (why || !place->begin)
		return why;
	*at = place->begin;
	if (place->conditional && !place->why)
		return "it is set inside a condition or a block: set it on a line of its own";
	return place->why;
}

const char *shell_trouble(const char *text, const char *name, unsigned int *line)
{
	struct place place;
	const char *at, *why = find(text, name, &place, &at);

	*line = line_of(text, at);
	return why;
}

/*
 * Returns a value without quotes and, if it has none, without backslashes; NULL if out of memory.
 */
static char *unquoted(const struct place *place)
{
	size_t quote = place->quote != '\0';
	char *value =
		strndup(place->begin + quote, (size_t)(place->end - place->begin) - 2 * quote);
	char *from = value, *to = value;

	if (!value || quote)
		return value;
	for (; *from; *to++ = *from++)
		from += *from == '\\';
	*to = '\0';
	return value;
}

char *shell_value(const char *text, const char *name)
{
	struct place place;
	const char *at;

	find(text, name, &place, &at);
	if (place.begin && !place.why)
		return unquoted(&place);
	errno = place.begin ? EINVAL : ENOENT;
	return NULL;
}

/* Prints @value with a backslash before each blank. */
static void print_escaped(FILE *out, const char *value)
{
	for (; *value; value++)
		fprintf(out, *value == ' ' ? "\\%c" : "%c", *value);
}

/* Returns the beginning of the assignment's line if shell_with_value() added it, or NULL. */
static const char *added_line(const char *text, const struct place *place)
{
	const char *at = place->begin;
	size_t len = strlen(ADDED);

	if (strncmp(place->end, ADDED, len) != 0 || !strchr("\n", place->end[len]))
		return NULL;
	while (at > text && at[-1] != '\n')
		at--;
	return at;
}

/* Prints @text without the line that begins at @line; the last line keeps or lacks its newline. */
static void print_without(FILE *out, const char *text, const char *line)
{
	const char *end = line + strcspn(line, "\n");

	if (!*end && line > text)
		line--;
	fwrite(text, 1, (size_t)(line - text), out);
	fputs(*end ? end + 1 : end, out);
}

/* Prints @text with one more line, without a newline at its end if @text has none. */
static void print_with_line(FILE *out, const char *text, const char *name, const char *value)
{
	size_t len = strlen(text);
	bool open = len && text[len - 1] != '\n';

	fprintf(out, "%s%s%s=\"%s\"" ADDED "%s", text, open ? "\n" : "", name, value,
		open ? "" : "\n");
}

static void print_changed(FILE *out, const char *text, const struct place *place, const char *value)
{
	const char *added = value[0] ? NULL : added_line(text, place);

	if (added) {
		print_without(out, text, added);
		return;
	}
	fwrite(text, 1, (size_t)(place->begin - text), out);
	if (place->quote)
		fprintf(out, "%c%s%c", place->quote, value, place->quote);
	else
		print_escaped(out, value);
	fputs(place->end, out);
}

char *shell_with_value(const char *text, const char *name, const char *value)
{
	struct place place;
	const char *at;
	char *fresh = NULL;
	size_t len;
	FILE *out;

	if (find(text, name, &place, &at)) {
		errno = EINVAL;
		return NULL;
	}
	out = open_memstream(&fresh, &len);
	if (out && place.begin)
		print_changed(out, text, &place, value);
	else if (out && value[0])
		print_with_line(out, text, name, value);
	else if (out)
		fputs(text, out);
	if (out && fclose(out) == 0)
		return fresh;
	free(fresh);
	errno = ENOMEM;
	return NULL;
}
