/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limine_setting.h - KERNEL_CMDLINE[KEY] in the settings of limine-entry-tool. A line sets the
 * kernel command line of a key with '=' or adds to it with '+='; what follows is used as it is,
 * without the quotes around it (limine-entry-tool.conf). Pure. The caller frees returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_LIMINE_SETTING_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_LIMINE_SETTING_H

#include <stdbool.h>

#include "../../host/string_set.h"

/* Adds the keys that @text sets. Returns 0, or -ENOMEM. */
int limine_setting_keys(const char *text, struct string_set *keys);

/* Returns true if @text replaces what files before it have set for @key. */
bool limine_setting_replaces(const char *text, const char *key);

/* Returns the last value that @text sets or adds for @key; NULL with errno ENOENT or ENOMEM. */
char *limine_setting_value(const char *text, const char *key);

/*
 * Adds the words that @text sets for @key; first removes those of files before it if a line
 * replaces them. Returns 0, or -ENOMEM.
 */
int limine_setting_words(const char *text, const char *key, struct string_set *words);

/*
 * Returns @text with @words in that value, as by cmdline_with(), and without our words in other
 * values for @key. NULL with errno.
 */
char *limine_setting_with(const char *text, const char *key, const char *words);

#endif
