/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "printable.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define UTF8_LONGEST 4

/* The smallest code point valid in a sequence of this many bytes. */
static const unsigned int least[UTF8_LONGEST + 1] = { 0, 0, 0x80, 0x800, 0x10000 };

/* Returns the number of bytes in a sequence that begins with @lead; 0 if none does. */
static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xc0 || lead >= 0xf8)
		return 0;
	return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

static bool is_printable(unsigned int point)
{
	if (point < ' ' || (point >= 0x7f && point < 0xa0))
		return false;
	if ((point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069))
		return false;
	return point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

/* Returns the number of bytes of the printable character at @text, or 0 if there is none. */
static size_t printable_length(const char *text)
{
	unsigned char lead = (unsigned char)text[0];
	size_t length = sequence_length(lead), i;
	unsigned int point = length == 1 ? lead : lead & (0x7f >> length);

	for (i = 1; i < length; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | ((unsigned char)text[i] & 0x3f);
	}
	return length && point >= least[length] && is_printable(point) ? length : 0;
}

/* Returns the number of bytes at @text up to the first that must be escaped, or to the end. */
static size_t printable_run(const char *text)
{
	size_t length, run = 0;

	while ((length = printable_length(text + run)))
		run += length;
	return run;
}

void printable_write(FILE *out, const char *text)
{
	size_t run;

	for (;; text += run + 1) {
		run = printable_run(text);
		fwrite(text, 1, run, out);
		if (!text[run])
			return;
		fprintf(out, "\\x%02x", (unsigned char)text[run]);
	}
}

char *printable(const char *text)
{
	char *made = malloc(strlen("\\xff") * strlen(text) + 1), *end = made;
	size_t run;

	for (; made; text += run + 1) {
		run = printable_run(text);
		end = mempcpy(end, text, run);
		if (!text[run])
			break;
		end += sprintf(end, "\\x%02x", (unsigned char)text[run]);
	}
	if (made)
		*end = '\0';
	return made;
}

void print_line(const char *fmt, ...)
{
	va_list args;
	char *line;
	int length;

	va_start(args, fmt);
	length = vasprintf(&line, fmt, args);
	va_end(args);
	if (length < 0)
		return;
	printable_write(stdout, line);
	putchar('\n');
	free(line);
}
