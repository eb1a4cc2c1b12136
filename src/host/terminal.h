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

/* The width of the terminal on standard output, 0 when it is none (ioctl_tty(2)). */
size_t terminal_width(void);

/* Whether there is a person to ask: standard input and output are terminals. */
bool terminal_has_person(void);

/*
 * Asks a yes-or-no question, folded to the terminal's width. Returns whether the answer was yes;
 * just Enter means yes, and the end of the input means no.
 */
bool terminal_ask(const char *question);

/*
 * Prints a line on standard output: whole, or on a terminal folded between words to its width, what
 * comes after the first line indented by @indent.
 */
void print_folded(size_t indent, const char *line);

/* The same for a line that has begun: @taken columns are printed already. */
void print_folded_behind(size_t taken, size_t indent, const char *line);

/* How much of @line goes into @room: up to a blank; a word that is longer goes over. */
size_t fitting_words(const char *line, size_t room);

enum colour {
	COLOUR_NONE,
	COLOUR_GOOD,
	COLOUR_BAD,
	COLOUR_CARE,
};

/*
 * Prints @text in a colour, on a terminal that has some and unless NO_COLOR is set and not empty
 * (no-color.org).
 */
void print_coloured(enum colour colour, const char *text);

/*
 * How many of the @len bytes of @text go into @room; never half a UTF-8 letter, and no blank where
 * it is cut.
 */
int fitting(const char *text, size_t len, size_t room);

/*
 * Prints the rest of a line of which @taken columns are printed already; on a terminal it is cut to
 * the width, but for @tail, which is the end of @text.
 */
void print_cut(const char *text, const char *tail, size_t taken);

/* @width less @taken, but not below nothing. */
size_t room_left(size_t width, size_t taken);

#endif
