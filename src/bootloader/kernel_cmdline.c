/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_cmdline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"

/* Returns true if a line has words and is not a comment. */
static bool has_words(const char *line)
{
	line += strspn(line, " \t\r");
	return *line && *line != '\n' && *line != '#';
}

/* Returns the length of a line of @len characters without carriage returns at its end. */
static size_t trimmed(const char *line, size_t len)
{
	while (len && line[len - 1] == '\r')
		len--;
	return len;
}

static char *finish(FILE *out, char **text)
{
	if (out && fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

char *kernel_cmdline_words(const char *text)
{
	const char *separator = "";
	char *whole = NULL;
	size_t size, len;
	FILE *out = open_memstream(&whole, &size);

	for (; out && *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (has_words(text)) {
			fprintf(out, "%s%.*s", separator, (int)trimmed(text, len), text);
			separator = " ";
		}
	}
	return finish(out, &whole);
}

/*
 * Prints a line of @len characters with @words, and notes in *@ended if the next is for init.
 * Returns 0, or an errno.
 */
static int print_line_with(FILE *out, const char *line, size_t len, const char *words, bool *ended)
{
	char *old = strndup(line, len), *fresh = old ? cmdline_line_with(old, words, ended) : NULL;
	int err = fresh ? 0 : errno;

	if (fresh)
		fputs(fresh, out);
	free(old);
	free(fresh);
	return err;
}

char *kernel_cmdline_with(const char *text, const char *words)
{
	bool placed = false, ended = false, open = *text && text[strlen(text) - 1] != '\n';
	char *whole = NULL;
	size_t size, len;
	FILE *out = open_memstream(&whole, &size);
	int err = 0;

	for (; out && !err && *text; text += len) {
		len = strcspn(text, "\n");
		if (has_words(text) && !ended) {
			err = print_line_with(out, text, len, placed ? "" : words, &ended);
			placed = true;
		} else {
			fwrite(text, 1, len, out);
		}
		if (text[len] == '\n')
			fputc(text[len++], out);
	}
	if (out && !placed && words[0])
		fprintf(out, "%s%s", open ? "\n" : "", words);
	whole = finish(out, &whole);
	if (!err)
		return whole;
	free(whole);
	errno = err;
	return NULL;
}

char *kernel_cmdline_first(const char *text)
{
	return strndup(text, strcspn(text, "\n"));
}

char *kernel_cmdline_first_with(const char *text, const char *words)
{
	char *line = kernel_cmdline_first(text), *whole = NULL;
	char *fresh = line ? cmdline_with(line, words) : NULL;

	if (fresh && asprintf(&whole, "%s%s", fresh, text + strlen(line)) < 0)
		whole = NULL;
	free(fresh);
	free(line);
	return whole;
}
