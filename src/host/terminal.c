/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include <langinfo.h>
#include <locale.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "printable.h"

#define DEFAULT_WIDTH 80

static size_t width_of(int fd)
{
	struct winsize size;

	if (!isatty(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) < 0 || size.ws_col == 0)
		return DEFAULT_WIDTH;
	return size.ws_col;
}

size_t terminal_width(void)
{
	return width_of(STDOUT_FILENO);
}

size_t terminal_error_width(void)
{
	return width_of(STDERR_FILENO);
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
static void fold(FILE *out, size_t width, size_t taken, size_t indent, const char *line)
{
	size_t begun = taken, len;

	do {
		/* Blanks at the start are an indentation. */
		len = strspn(line, " ");
		len += fitting_words(line + len, room_left(width, taken + len));
		fprintf(out, "%*s%.*s\n", (int)(taken - begun), "", (int)len, line);
		line += len;
		line += *line == ' ';
		taken = indent;
		begun = 0;
	} while (*line);
}

char *folded(size_t width, size_t indent, const char *line)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fold(out, width, 0, indent, line);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	text[len - 1] = '\0';
	return text;
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
		fold(stdout, width, taken, indent, safe);
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

static bool has_utf8(void)
{
	locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
	bool has = locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;

	if (locale != (locale_t)0)
		freelocale(locale);
	return has;
}

/* Prints what fits of @text (@len bytes) into @room columns with an ellipsis behind it. */
static void print_ellipsis(const char *text, size_t len, size_t room)
{
	const bool utf8 = has_utf8();

	printf("%.*s%s", fitting(text, len, room_left(room, utf8 ? 1 : 3)), text,
	       utf8 ? "\u2026" : "...");
}

void print_shortened(const char *text, size_t room)
{
	size_t len = strlen(text);

	if (len <= room)
		fputs(text, stdout);
	else
		print_ellipsis(text, len, room);
}

/* Prints @text cut, except its last @tail bytes. @text: printable. */
static void cut(size_t width, const char *text, size_t tail, size_t taken)
{
	size_t len = strlen(text) - tail, room = room_left(width, taken + tail);

	if (len > room) {
		print_ellipsis(text, len, room ? room - 1 : 0);
		printf(" %s\n", text + len);
	} else {
		puts(text);
	}
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
