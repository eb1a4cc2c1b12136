/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * printable.h - makes external text (the kernel command line, names of devices, processes and
 * files) safe for a terminal or a log: it cannot move the cursor, or forge or reorder a line
 *
 * ASCII from blank to '~' is printable, and valid UTF-8 (RFC 3629) except the C1 control characters
 * and those that change the text direction (U+202A to U+202E, U+2066 to U+2069). Every other byte,
 * including newlines, is shown as \x and two hexadecimal digits.
 */
#ifndef VFIO_CLAIM_HOST_PRINTABLE_H
#define VFIO_CLAIM_HOST_PRINTABLE_H

#include <stdio.h>

/* Writes @text to @out, made printable. */
void printable_write(FILE *out, const char *text);

/* Returns @text made printable: a new string, which the caller frees, or NULL if out of memory. */
char *printable(const char *text);

/*
 * Prints one line on standard output, made printable.
 * @fmt: printf(3) format without the closing newline.
 */
void print_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
