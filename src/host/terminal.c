/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "printable.h"

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

/* Prints the folded line; @line: printable. */
static void fold(size_t width, size_t taken, size_t indent, const char *line)
{
	size_t begun = taken, len;

	do {
		/* Blanks at the start are an indentation. */
		len = strspn(line, " ");
		len += fitting_words(line + len, room_left(width, taken + len));
		printf("%*s%.*s\n", (int)(taken - begun), "", (int)len, line);
		line += len;
		line += *line == ' ';
		taken = indent;
		begun = 0;
	} while (*line);
}

void print_folded_behind(size_t taken, size_t indent, const char *line)
{
	size_t width = terminal_width();
	char *safe;

	if (!width) {
		print_line("%s", line);
		return;
	}
	safe = printable(line);
	if (safe)
		fold(width, taken, indent, safe);
	free(safe);
}

static bool has_colour(void)
{
	const char *no = getenv("NO_COLOR"), *kind = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no && no[0]) && kind && strcmp(kind, "dumb") != 0;
}

void print_coloured(enum colour colour, const char *text)
{
	/* Bold, to be readable on black and white. */
	static const char *const codes[] = {
		[COLOUR_GOOD] = "1;32",
		[COLOUR_BAD] = "1;31",
		[COLOUR_CARE] = "1;33",
	};

	bool coloured = colour != COLOUR_NONE && has_colour();

	if (coloured)
		printf("\033[%sm", codes[colour]);
	printable_write(stdout, text);
	if (coloured)
		fputs("\033[0m", stdout);
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

/* Prints @text cut, except its last @tail bytes. @text: printable. */
static void cut(size_t width, const char *text, size_t tail, size_t taken)
{
	size_t len = strlen(text) - tail, room = room_left(width, taken + tail);

	/* Cutting has removed the blank before the tail. */
	if (len > room)
		printf("%.*s %s\n", fitting(text, len, room ? room - 1 : 0), text, text + len);
	else
		puts(text);
}

void print_cut(const char *text, const char *tail, size_t taken)
{
	size_t width = terminal_width();
	char *safe, *safe_tail;

	if (!width) {
		print_line("%s", text);
		return;
	}
	safe = printable(text);
	safe_tail = printable(tail);
	if (safe && safe_tail)
		cut(width, safe, strlen(safe_tail), taken);
	free(safe_tail);
	free(safe);
}

size_t room_left(size_t width, size_t taken)
{
	return width > taken ? width - taken : 0;
}
