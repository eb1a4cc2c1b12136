/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_WIDTH 80

size_t terminal_width(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO))
		return 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

/* How much of @line goes into @room: up to a blank; a word that is longer goes over. */
static size_t fitting_words(const char *line, size_t room)
{
	size_t len = strlen(line), at = room;

	if (len <= room)
		return len;
	while (at && line[at] != ' ')
		at--;
	return at ? at : strcspn(line, " ");
}

void print_folded(size_t indent, const char *line)
{
	size_t width = terminal_width(), taken = 0, len;

	if (!width) {
		puts(line);
		return;
	}
	do {
		/* What the line begins with is an indentation of its own. */
		len = strspn(line, " ");
		len += fitting_words(line + len, width > taken + len ? width - taken - len : 0);
		printf("%*s%.*s\n", (int)taken, "", (int)len, line);
		line += len;
		line += *line == ' ';
		taken = indent;
	} while (*line);
}
