/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of text in a buffer of fixed size, without stdio: its printf alone is a third of what the
 * boot program may weigh.
 */
#ifndef VFIO_CLAIM_TEXT_H
#define VFIO_CLAIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longest line that is ever made; /dev/kmsg takes 1024 bytes a record on the oldest kernels. */
#define TEXT_SIZE 960

/* A line under construction: always NUL-terminated, cut (never overrun) when it is full. */
struct text {
	size_t length;
	char data[TEXT_SIZE];
};

/* Makes @text the empty line. */
void text_clear(struct text *text);

/*
 * Appends each of the strings that follow, up to a NULL. Control characters become '?', so that
 * whatever stood on the command line cannot forge a second line in a log.
 */
void text_add(struct text *text, ...) __attribute__((sentinel));

/* Appends @value in lower-case hexadecimal with at least @digits digits. */
void text_hex(struct text *text, uint32_t value, int digits);

/* Appends @value in decimal. */
void text_number(struct text *text, unsigned int value);

/*
 * Reads hexadecimal digits at *@cursor into @value and moves *@cursor behind them. False, and
 * nothing changed, when there is no digit or the value needs more than 32 bits.
 */
bool text_read_hex(const char **cursor, uint32_t *value);

/* Reads exactly @count hexadecimal digits likewise, whatever follows them; 8 at most. */
bool text_read_digits(const char **cursor, int count, uint32_t *value);

/*
 * Moves *@cursor behind @word when the text there begins with it; says whether it did.
 */
bool text_skip(const char **cursor, const char *word);

#endif
