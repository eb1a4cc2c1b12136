/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shell_setting.h - kernel command lines in files that a shell reads, such as /etc/default/grub:
 * the words in a variable of such a file, and drop-ins of our own that append words to a variable.
 * @sysroot: see path_below(). The caller frees returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_SHELL_SETTING_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_SHELL_SETTING_H

#include "../../host/changes.h"

/*
 * Returns our words in the variable @name of @file, "" if it is not set. NULL after printing an
 * error: the file cannot be read, or the value is not plain text.
 */
char *shell_setting_read(const char *sysroot, const char *file, const char *name);

/*
 * Adds the step that sets @words in the variable. Returns 0, or -1 after printing an error, as
 * shell_setting_read() or cmdline_with().
 */
int shell_setting_set(struct changes *changes, const char *file, const char *name,
		      const char *words);

/*
 * Returns the words that our drop-in @file appends to the variable @name, "" if there is no such
 * file; NULL after printing an error.
 */
char *shell_drop_in_read(const char *sysroot, const char *file, const char *name);

/*
 * Adds the step that makes our drop-in append @words to the variable; without words, the drop-in is
 * removed. @initial: the variable's value if no other file sets it, or NULL. Returns 0, or -1 after
 * printing an error.
 */
int shell_drop_in_set(struct changes *changes, const char *file, const char *name,
		      const char *initial, const char *words);

/* The first line of a file that contains nothing but our settings. */
#define DROP_IN_HEAD "# Written by 'vfio-claim enable'; 'vfio-claim disable' removes it.\n"

#endif
