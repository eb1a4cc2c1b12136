/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * setting_words.h - the words of a variable in files that a shell reads one after the other, as far
 * as no shell is needed to expand them
 */
#ifndef VFIO_CLAIM_BOOTLOADER_SETTING_WORDS_H
#define VFIO_CLAIM_BOOTLOADER_SETTING_WORDS_H

#include "../host/string_set.h"

/* Adds the words of @value, except those that a shell would expand. Modifies @value. */
void setting_words_add(struct string_set *words, char *value);

/*
 * Returns the words that the variable @setting has after all @files: a later file may replace what
 * earlier ones set, or add to it. Files that cannot be read are left out. @sysroot: see
 * path_below(). The caller frees the set.
 */
struct string_set setting_words(const char *sysroot, const struct string_set *files,
				const char *setting);

/*
 * Adds the paths of the files in the directory whose names end in @end, in the order of a shell's
 * wildcard, but not @except; NULL: all.
 */
void setting_files_add(struct string_set *files, const char *sysroot, const char *directory,
		       const char *end, const char *except);

#endif
