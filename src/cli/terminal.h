/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * terminal.h - what differs when standard output is a terminal: lines that fit it
 */
#ifndef VFIO_CLAIM_CLI_TERMINAL_H
#define VFIO_CLAIM_CLI_TERMINAL_H

#include <stddef.h>

/* The width of the terminal on standard output, 0 when it is none (ioctl_tty(2)). */
size_t terminal_width(void);

/*
 * Prints a line on standard output: whole, or on a terminal folded between words to its width, what
 * comes after the first line indented by @indent.
 */
void print_folded(size_t indent, const char *line);

#endif
