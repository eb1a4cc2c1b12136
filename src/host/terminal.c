/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
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

bool terminal_has_person(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

bool terminal_ask(const char *question)
{
	char *line = NULL, *answer = NULL;
	size_t size = 0;
	bool yes = false;

	if (asprintf(&line, "%s [Y/n]", question) < 0)
		return false;
	print_folded(0, line);
	fflush(stdout);
	if (getline(&answer, &size, stdin) >= 0)
		yes = strchr("\nyY", answer[strspn(answer, " \t")]);
	free(answer);
	free(line);
	return yes;
}

size_t fitting_words(const char *line, size_t room)
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
	print_folded_behind(0, indent, line);
}

void print_folded_behind(size_t taken, size_t indent, const char *line)
{
	size_t width = terminal_width(), begun = taken, len;

	if (!width) {
		puts(line);
		return;
	}
	do {
		/* What the line begins with is an indentation of its own. */
		len = strspn(line, " ");
		len += fitting_words(line + len, room_left(width, taken + len));
		printf("%*s%.*s\n", (int)(taken - begun), "", (int)len, line);
		line += len;
		line += *line == ' ';
		taken = indent;
		begun = 0;
	} while (*line);
}

static bool has_colour(void)
{
	const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && kind && strcmp(kind, "dumb") != 0;
}

void print_coloured(enum colour colour, const char *text)
{
	/* Bold, or it cannot be read on one of black and white. */
	static const char *const codes[] = {
		[COLOUR_GOOD] = "1;32",
		[COLOUR_BAD] = "1;31",
		[COLOUR_CARE] = "1;33",
	};

	if (colour == COLOUR_NONE || !has_colour())
		fputs(text, stdout);
	else
		printf("\033[%sm%s\033[0m", codes[colour], text);
}

int fitting(const char *text, size_t len, size_t room)
{
	if (len <= room)
		return (int)len;
	while (room && ((unsigned char)text[room] & 0xc0) == 0x80)
		room--;
	while (room && text[room - 1] == ' ')
		room--;
	return (int)room;
}

void print_cut(const char *text, const char *tail, size_t taken)
{
	size_t width = terminal_width(), len = (size_t)(tail - text);
	size_t room = room_left(width, taken + strlen(tail));

	/* What is cut has lost the blank in front of the tail. */
	if (width && len > room)
		printf("%.*s %s\n", fitting(text, len, room ? room - 1 : 0), text, tail);
	else
		puts(text);
}

size_t room_left(size_t width, size_t taken)
{
	return width > taken ? width - taken : 0;
}
