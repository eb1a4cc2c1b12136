/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bls_entry.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"

#define BLANKS " \t"

/* Returns the value of @key on @line, or NULL if that line has another key. */
static const char *value_of(const char *line, const char *key)
{
	size_t len = strlen(key);

	line += strspn(line, BLANKS);
	if (strncmp(line, key, len) != 0 || !line[len] || !strchr(BLANKS, line[len]))
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

/* Returns the length of a line without trailing blanks and carriage returns. */
static size_t length(const char *line)
{
	size_t len = strcspn(line, "\n");

	while (len && strchr(BLANKS "\r", line[len - 1]))
		len--;
	return len;
}

/* Returns the next line, or NULL at the end. */
static const char *next(const char *line)
{
	line += strcspn(line, "\n");
	return line[0] && line[1] ? line + 1 : NULL;
}

bool bls_has(const char *entry, const char *key)
{
	const char *line;

	for (line = entry; line; line = next(line))
		if (value_of(line, key))
			return true;
	return false;
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

/* Returns the number of tries at the end of the @len bytes of @name, "+3", "+1-2"; or NULL. */
static const char *find_count(const char *name, size_t len)
{
	const char *plus = memrchr(name, '+', len), *at = plus ? plus + 1 : NULL;

	if (!plus || !isdigit((unsigned char)*at))
		return NULL;
	at += strspn(at, "0123456789");
	if (*at == '-')
		at += 1 + strspn(at + 1, "0123456789");
	return at == name + len ? plus : NULL;
}

int bls_tries(const char *file)
{
	const char *slash = strrchr(file, '/'), *name = slash ? slash + 1 : file;
	const char *dot = strrchr(name, '.');
	const char *count = find_count(name, dot ? (size_t)(dot - name) : strlen(name));
	unsigned long tries = count ? strtoul(count + 1, NULL, 10) : 0;

	if (!count)
		return -1;
	return tries < INT_MAX ? (int)tries : INT_MAX;
}

char *bls_name(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file, *dot = strrchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);
	const char *count = find_count(name, len);

	return strndup(name, count ? (size_t)(count - name) : len);
}

/*
 * Prints the @len bytes of @options, with $kernelopts replaced by @kernelopts unless that is NULL.
 */
static void print_expanded(FILE *out, const char *options, size_t len, const char *kernelopts)
{
	const char *at =
		kernelopts ? memmem(options, len, BLS_KERNELOPTS, strlen(BLS_KERNELOPTS)) : NULL;
	size_t before;

	if (at) {
		before = (size_t)(at - options);
		fprintf(out, "%.*s%s", (int)before, options, kernelopts);
		options += before + strlen(BLS_KERNELOPTS);
		len -= before + strlen(BLS_KERNELOPTS);
	}
	fwrite(options, 1, len, out);
}

/* Closes @out, a stream of open_memstream(3) into @text, and returns its text. */
static char *finish(FILE *out, char **text)
{
	if (out && fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

char *bls_options(const char *entry, const char *kernelopts)
{
	const char *line, *value, *separator = "";
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);

	for (line = out ? entry : NULL; line; line = next(line)) {
		value = value_of(line, "options");
		if (!value)
			continue;
		fputs(separator, out);
		print_expanded(out, value, length(value), kernelopts);
		separator = " ";
	}
	return finish(out, &all);
}

/* --- writing -----------------------------------------------------------------------------------
 */

/* What is needed to write an entry: @mark is NULL for the same entry. */
struct writer {
	FILE *out;
	const char *mark, *kernelopts;
	const char *words; /* for the next "options" line */
	bool placed;       /* the words have been written */
	bool ended;        /* what follows is for init */
	int err;
};

/* Returns the value of an "options" line with other words. */
static char *change_options(struct writer *writer, const char *value)
{
	char *old = NULL, *fresh;
	size_t size;
	FILE *out = open_memstream(&old, &size);

	if (out)
		print_expanded(out, value, length(value), writer->kernelopts);
	old = finish(out, &old);
	if (old && writer->ended)
		return old;
	fresh = old ? cmdline_line_with(old, writer->placed ? "" : writer->words, &writer->ended)
		    : NULL;
	if (!fresh)
		writer->err = errno;
	writer->placed = true;
	free(old);
	return fresh;
}

/* Writes a line with its newline. */
static void write_line(struct writer *writer, const char *line)
{
	const char *options = value_of(line, "options"), *end = line + strcspn(line, "\n");
	const char *key = writer->mark ? value_of(line, "sort-key") : NULL;
	const char *value = options ? options : key;
	size_t len = value ? (size_t)(value - line) : length(line);
	char *fresh = options ? change_options(writer, options) : NULL;

	end += *end == '\n';
	fwrite(line, 1, len, writer->out);
	if (options && fresh)
		fputs(fresh, writer->out);
	if (key)
		fprintf(writer->out, BLS_LAST "%.*s", (int)length(key), key);
	if (value)
		len += length(value);
	if (writer->mark && value_of(line, "title"))
		fputs(BLS_TRY_TITLE, writer->out);
	if (writer->mark && value_of(line, "id"))
		fputs(writer->mark, writer->out);
	fwrite(line + len, 1, (size_t)(end - (line + len)), writer->out);
	free(fresh);
}

char *bls_copy(const char *entry, const char *mark, const char *kernelopts, const char *words)
{
	struct writer writer = { .mark = mark, .kernelopts = kernelopts, .words = words };
	const char *line;
	char *text = NULL;
	size_t size, len = strlen(entry);

	writer.out = open_memstream(&text, &size);
	for (line = writer.out && len ? entry : NULL; line && !writer.err; line = next(line))
		write_line(&writer, line);
	if (writer.out && !writer.placed && words[0])
		fprintf(writer.out, "%soptions %s\n", len && entry[len - 1] != '\n' ? "\n" : "",
			words);
	text = finish(writer.out, &text);
	if (!writer.err)
		return text;
	free(text);
	errno = writer.err;
	return NULL;
}

char *bls_with_words(const char *entry, const char *words)
{
	return bls_copy(entry, NULL, NULL, words);
}
