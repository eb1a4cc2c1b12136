/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_value.h - settings in files that a shell reads, such as /etc/default/grub: NAME="value".
 * The files are parsed like sh(1) does, with quotes, comments and substitutions; a value is the
 * text between its quotes, not expanded. Pure.
 */
#ifndef VFIO_CLAIM_HOST_SHELL_VALUE_H
#define VFIO_CLAIM_HOST_SHELL_VALUE_H

/* The characters allowed in a written value: none is special to a shell or to GRUB. */
#define SHELL_PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:@/*=+-"

/*
 * Returns the last value that @text assigns to @name, under any condition: a new string, which the
 * caller frees. NULL with errno ENOENT if there is none, EINVAL if it is not one plain value on a
 * line, or ENOMEM.
 */
char *shell_value(const char *text, const char *name);

/*
 * Returns @text with that value replaced by @value, in the same quotes; or with one more line at
 * its end, which is removed again if @value is "". A new string, or NULL with errno: EINVAL if
 * shell_trouble() has a reason, or ENOMEM.
 */
char *shell_with_value(const char *text, const char *name, const char *value);

/*
 * Returns why shell_with_value() cannot replace the value of @name, and what to do, with the line's
 * number in *@line; NULL if it can.
 */
const char *shell_trouble(const char *text, const char *name, unsigned int *line);

#endif
