/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_value.h - settings in files that a shell reads, such as /etc/default/grub: NAME="value", on
 * a line of its own. Values are as they stand between the quotes, what the shell would make of them
 * is not asked.
 */
#ifndef VFIO_CLAIM_HOST_SHELL_VALUE_H
#define VFIO_CLAIM_HOST_SHELL_VALUE_H

/*
 * The value that @text sets @name to, the last time: a new string, the caller's to free. NULL with
 * errno ENOENT when it does not, EINVAL when it is more than a value on a line, or ENOMEM.
 */
char *shell_value(const char *text, const char *name);

/*
 * @text with @value there instead, in double quotes unless there were others; or with a line more
 * at its end. A new string, or NULL with errno as above but ENOENT.
 */
char *shell_with_value(const char *text, const char *name, const char *value);

#endif
