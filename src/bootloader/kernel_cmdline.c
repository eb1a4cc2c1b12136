/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_cmdline.h"

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
		len = strcspn(text, "\r\n");
		if (has_words(text)) {
			fprintf(out, "%s%.*s", separator, (int)len, text);
			separator = " ";
		}
		len = strcspn(text, "\n");
	}
	return finish(out, &whole);
}

/* Prints a line of @len characters with @words. Returns false if out of memory. */
static bool print_line_with(FILE *out, const char *line, size_t len, const char *words)
{
	char *old = strndup(line, len), *fresh = old ? cmdline_with(old, words) : NULL;

	if (fresh)
		fputs(fresh, out);
	free(old);
	free(fresh);
	return fresh;
}

char *kernel_cmdline_with(const char *text, const char *words)
{
	bool placed = false, failed = false, open = *text && text[strlen(text) - 1] != '\n';
	char *whole = NULL;
	size_t size, len;
	FILE *out = open_memstream(&whole, &size);

	for (; out && *text; text += len) {
		len = strcspn(text, "\n");
		if (has_words(text)) {
			failed |= !print_line_with(out, text, len, placed ? "" : words);
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
	if (!failed)
		return whole;
	free(whole);
	return NULL;
}
