/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_value.h - settings in files that a shell reads, such as /etc/default/grub: NAME="value", on
 * a line of its own. Values are the text between the quotes; expansions are left as they are.
 */
#ifndef VFIO_CLAIM_HOST_SHELL_VALUE_H
#define VFIO_CLAIM_HOST_SHELL_VALUE_H

/*
 * Returns the last value that @text sets @name to: a new string, which the caller frees. NULL with
 * errno ENOENT if there is none, EINVAL if more than a value is on its line, or ENOMEM.
 */
char *shell_value(const char *text, const char *name);

/*
 * Returns @text with @value in its place, in double quotes unless it had others, or in a new line
 * at the end: a new string, or NULL with errno EINVAL or ENOMEM as above.
 */
char *shell_with_value(const char *text, const char *name, const char *value);

#endif
