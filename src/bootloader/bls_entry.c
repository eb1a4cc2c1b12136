/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bls_entry.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"

#define BLANKS     " \t"
#define KERNELOPTS "$kernelopts"

/* The value of @key if @line, up to its newline, is about that, or NULL. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, BLANKS);
	if (strncmp(line, key, len) != 0 || !line[len] || !strchr(BLANKS, line[len]))
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

/* The length of a line without blanks, and what Windows puts there, at its end. */
static size_t length(const char *line)
{
	size_t len = strcspn(line, "\n");

	while (len && strchr(BLANKS "\r", line[len - 1]))
		len--;
	return len;
}

/* The next line, or NULL at the end. */
static const char *next(const char *line)
{
	line += strcspn(line, "\n");
	return line[0] && line[1] ? line + 1 : NULL;
}

char *bls_value(const char *entry, const char *key)
{
	const char *line, *value;

	for (line = entry; line; line = next(line)) {
		value = value_of(line, key);
		if (value)
			return strndup(value, length(value));
	}
	return NULL;
}

struct string_set bls_values(const char *entry, const char *key)
{
	struct string_set values = { 0 };
	const char *line, *value;
	char *copy;

	for (line = entry; line; line = next(line)) {
		value = value_of(line, key);
		copy = value ? strndup(value, length(value)) : NULL;
		if (copy)
			string_set_add(&values, copy);
		free(copy);
	}
	return values;
}

/* Whether @text is a '+' and numbers: "+3", "+1-2". */
static bool is_count(const char *text)
{
	if (*text++ != '+' || !isdigit((unsigned char)*text))
		return false;
	text += strspn(text, "0123456789");
	if (*text == '-')
		text += 1 + strspn(text + 1, "0123456789");
	return !*text;
}

char *bls_name(const char *file)
{
	const char *slash = strrchr(file, '/');
	char *name = strdup(slash ? slash + 1 : file), *end;

	end = name ? strrchr(name, '.') : NULL;
	if (end)
		*end = '\0';
	end = name ? strrchr(name, '+') : NULL;
	if (end && is_count(end))
		*end = '\0';
	return name;
}

char *bls_options(const char *entry)
{
	const char *line, *value;
	char *all = NULL, *longer;

	for (line = entry; line; line = next(line)) {
		value = value_of(line, "options");
		if (!value)
			continue;
		if (asprintf(&longer, "%s%s%.*s", all ? all : "", all ? " " : "",
			     (int)length(value), value) < 0)
			longer = NULL;
		free(all);
		all = longer;
		if (!all)
			return NULL;
	}
	return all ? all : strdup("");
}

/* @options, which is freed, with @values in place of $kernelopts. */
static char *expand(char *options, const char *values)
{
	char *at = options && values ? strstr(options, KERNELOPTS) : NULL, *whole;

	if (!at)
		return options;
	if (asprintf(&whole, "%.*s%s%s", (int)(at - options), options, values,
		     at + strlen(KERNELOPTS)) < 0)
		whole = NULL;
	free(options);
	return whole;
}

static void print_copy(FILE *out, const char *entry, const char *mark, const char *options)
{
	const char *line;
	bool done = false;

	for (line = entry; line; line = next(line)) {
		if (value_of(line, "options") && done)
			continue;
		if (value_of(line, "options")) {
			done = true;
			fprintf(out, "%.*s%s\n", (int)(value_of(line, "options") - line), line,
				options);
			continue;
		}
		fprintf(out, "%.*s", (int)length(line), line);
		if (mark && value_of(line, "title"))
			fputs(BLS_TRY_TITLE, out);
		if (mark && value_of(line, "id"))
			fputs(mark, out);
		fputc('\n', out);
	}
	if (!done)
		fprintf(out, "options %s\n", options);
}

char *bls_copy(const char *entry, const char *mark, const char *kernelopts, const char *words)
{
	char *options = expand(bls_options(entry), kernelopts);
	char *fresh = options ? cmdline_with(options, words) : NULL, *copy = NULL;
	size_t size;
	FILE *out = fresh ? open_memstream(&copy, &size) : NULL;

	free(options);
	if (out) {
		print_copy(out, entry, mark, fresh);
		if (fclose(out) != 0) {
			free(copy);
			copy = NULL;
		}
	}
	free(fresh);
	return copy;
}
