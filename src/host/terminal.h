/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.h - what differs when standard output is a terminal: lines that fit it, and colour
 *
 * What these functions print is made printable(), whole lines at a time.
 */
#ifndef VFIO_CLAIM_HOST_TERMINAL_H
#define VFIO_CLAIM_HOST_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

/* Returns the width of the terminal on standard output, or 0 if it is none (ioctl_tty(2)). */
size_t terminal_width(void);

/* Returns true if there is a person to ask: standard input and output are terminals. */
bool terminal_has_person(void);

/*
 * Asks a yes-or-no question. Returns true if the answer was yes; just Enter means yes, the end of
 * the input no.
 */
bool terminal_ask(const char *question);

/*
 * Prints a line on standard output; on a terminal it is folded between words to the width, with
 * @indent columns in front of all lines but the first.
 */
void print_folded(size_t indent, const char *line);

/* The same for the rest of a line of which @taken columns are printed already. */
void print_folded_behind(size_t taken, size_t indent, const char *line);

/* Returns how many bytes of @line, up to a blank, fit into @room; a longer word goes over it. */
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
 * Returns how many of the @len bytes of @text fit into @room: no part of a UTF-8 character, and no
 * blank at the end of what is cut.
 */
int fitting(const char *text, size_t len, size_t room);

/*
 * Prints the rest of a line of which @taken columns are printed already; on a terminal it is cut to
 * the width, except @tail, which is the end of @text.
 */
void print_cut(const char *text, const char *tail, size_t taken);

/* Returns @width less @taken, or 0. */
size_t room_left(size_t width, size_t taken);

#endif
