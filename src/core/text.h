/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of text in a buffer of fixed size, without stdio: its printf alone is a third of what the
 * boot program may weigh.
 */
#ifndef VFIO_CLAIM_CORE_TEXT_H
#define VFIO_CLAIM_CORE_TEXT_H

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

/*
 * Appends what printf(3) would make of the format and what follows it, of which only %s, %u and
 * %0Nx are known. Control characters in a %s become '?', so that whatever stood on the command line
 * cannot forge a second line in a log.
 */
void text_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same, in place of whatever @text was. */
void text_set(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

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

/* Returns true if @word is anywhere in @text. */
bool text_has(const char *text, const char *word);

/*
 * Returns true if @text begins with one of @words, a list separated by single blanks; with
 * @anywhere, whether it contains one of them at all.
 */
bool text_has_one(const char *text, const char *words, bool anywhere);

#endif
