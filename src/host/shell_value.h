/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_value.h - settings in files that a shell reads, such as /etc/default/grub: NAME="value".
 * The files are followed as sh(1) does, with quotes, comments and substitutions; a value is what
 * stands between its quotes, not expanded. Pure.
 */
#ifndef VFIO_CLAIM_HOST_SHELL_VALUE_H
#define VFIO_CLAIM_HOST_SHELL_VALUE_H

/* What a value is written with: nothing in it means anything to a shell or to GRUB. */
#define SHELL_PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:@/*=+-"

/*
 * Returns the value that @text gives @name last, under whatever condition: a new string, which the
 * caller frees. NULL with errno ENOENT when there is none, EINVAL when it is not one plain value on
 * a line, or ENOMEM.
 */
char *shell_value(const char *text, const char *name);

/*
 * Returns @text with @value there instead, in the quotes that were there; or with one more line at
 * its end, which goes again when @value is "". A new string, or NULL with errno: EINVAL when
 * shell_trouble() says why, or ENOMEM.
 */
char *shell_with_value(const char *text, const char *name, const char *value);

/*
 * Returns why shell_with_value() cannot replace the value of @name: the end of a sentence that says
 * what to do, and in *@line the number of the line; NULL when it can.
 */
const char *shell_trouble(const char *text, const char *name, unsigned int *line);

#endif
