/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.h - output on a terminal: lines that fit its width, and colour
 *
 * What these functions print is made printable(), whole lines at a time.
 */
#ifndef VFIO_CLAIM_HOST_TERMINAL_H
#define VFIO_CLAIM_HOST_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the width of the terminal on standard output, or 0 if it is not one (ioctl_tty(2)). */
size_t terminal_width(void);

/* The same for standard error. */
size_t terminal_error_width(void);

/*
 * Returns the line folded to @width as print_folded() does, without a last newline: a new string,
 * or NULL if out of memory. @line: printable.
 */
char *folded(size_t width, size_t indent, const char *line);

/* Returns true if the user can be asked: standard input and output are terminals. */
bool terminal_has_person(void);

/*
 * Asks a yes-or-no question. Returns true if the answer was yes; Enter alone means yes, end of file
 * no.
 */
bool terminal_ask(const char *question);

/*
 * Prints a line on standard output; on a terminal it is folded between words to the width, with all
 * lines but the first indented by @indent columns.
 */
void print_folded(size_t indent, const char *line);

/* The same for the rest of a line of which @taken columns have been printed. */
void print_folded_behind(size_t taken, size_t indent, const char *line);

/* Returns how many bytes of @line, up to a blank, fit into @room; a longer word exceeds it. */
size_t fitting_words(const char *line, size_t room);

enum colour {
	COLOUR_NONE,
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_CARE,
};

/*
 * Prints @text in a colour if standard output is a terminal that has colours, and NO_COLOR is unset
 * or empty (no-color.org).
 */
void print_coloured(enum colour colour, const char *text);

/*
 * Returns how many of the @len bytes of @text fit into @room, without a partial UTF-8 character or
 * a trailing blank.
 */
int fitting(const char *text, size_t len, size_t room);

/*
 * Prints @text, cut to @room columns if it is longer, which an ellipsis then shows: "…" if the
 * user's locale has UTF-8, else "...". @text: printable.
 */
void print_shortened(const char *text, size_t room);

/*
 * Prints the rest of a line of which @taken columns have been printed; on a terminal it is cut to
 * the width, with an ellipsis, except @tail, the end of @text.
 */
void print_cut(const char *text, const char *tail, size_t taken);

/* Returns @width less @taken, or 0. */
size_t room_left(size_t width, size_t taken);

#endif
