/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * messages.h - messages to the user, always on standard error
 *
 * Standard output is kept for results (the module list of `image`, the table of `list`), so that
 * a generator's hook can read it without filtering out messages.
 */
#ifndef VFIO_CLAIM_HOST_MESSAGES_H
#define VFIO_CLAIM_HOST_MESSAGES_H

#include <stdbool.h>

#include "string_set.h"

/*
 * Prints one line, "vfio-claim: " and the text made printable(), on standard error; on a terminal
 * it is folded between words.
 * @fmt: printf(3) format without the closing newline.
 */
void message_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Likewise prints a warning: "vfio-claim: warning: " and the text. */
void message_warning(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/*
 * Like message_error(), followed by ": " and the error in words.
 * @err: an errno(3) value; its sign does not matter, so negative return values of libkmod and
 *       our own functions can be passed directly.
 */
void message_errno(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Returns the words in which message_errno() says an errno(3) value of either sign; static. */
const char *message_errno_words(int err);

/*
 * If VFIO_CLAIM_DEBUG is set in the environment, and neither empty nor 0, prints a step taken or a
 * failed system call like message_error(), but is never muted or collected. @err: an errno(3) value
 * of either sign, printed after the text; 0 for none. Keeps errno.
 */
void message_debug(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Drops messages from now on, or prints them again. */
void messages_mute(bool mute);

/* Collected messages, without what is printed before them; each once. All zero means none. */
struct messages {
	struct string_set warnings, errors;
};

/*
 * Adds messages to @list instead of printing them; NULL ends this. Returns the previous list, for
 * the caller to restore.
 */
struct messages *messages_collect(struct messages *list);

/* Prints collected messages, the warnings first, and frees them. */
void messages_print(struct messages *list);

/* Frees collected messages. */
void messages_free(struct messages *list);

#endif
