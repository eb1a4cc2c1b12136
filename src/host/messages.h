/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * messages.h - what the program says to a person, always on standard error
 *
 * Standard output is kept for results (the module list of `image`, the table of `list`), so that
 * a generator's hook can read it without sorting messages out.
 */
#ifndef VFIO_CLAIM_HOST_MESSAGES_H
#define VFIO_CLAIM_HOST_MESSAGES_H

#include <stdbool.h>

#include "string_set.h"

/*
 * Prints one line, "vfio-claim: " and then the text made printable(), on standard error.
 * @fmt: printf(3) format without the closing newline.
 */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * As complain(), followed by ": " and what is wrong in words.
 * @err: an errno(3) value; its sign does not matter, so that the negative values which libkmod
 *       and this program's own functions return can be handed over as they are.
 */
void complain_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Whether the program is to say nothing, because what it is about to find out is not essential. */
void messages_mute(bool mute);

/*
 * Has messages, without what they begin with, added to @list instead of printed; NULL ends it.
 * Gives the list to which they went until now, for who takes its turn to give it back.
 */
struct string_set *messages_collect(struct string_set *list);

#endif
