/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate_edit.h - takes settings of other guides out of the text of a file. Pure.
 */
#ifndef VFIO_CLAIM_COMMANDS_MIGRATE_EDIT_H
#define VFIO_CLAIM_COMMANDS_MIGRATE_EDIT_H

#include <stdbool.h>

/*
 * Each returns the text without it: a new string, or NULL with errno: ENOENT if the text does not
 * have it, ENOMEM. @number: of the line, from 1. The caller frees the string.
 */

/* Without a line and, with @joined, those that a backslash at its end joins to it. */
char *edit_without_line(const char *text, unsigned int number, bool joined);

/*
 * Without ids= in a line "options MODULE ... ids=..." of modprobe.d(5); without the line if it has
 * no other option. The lines that backslashes join to it become one.
 */
char *edit_without_ids(const char *text, unsigned int number);

/* Without a word in a list of words, NAME=(a b), NAME+=" a b " or NAME="a b", in that line. */
char *edit_without_word(const char *text, unsigned int number, const char *word);

/* Returns true if nothing is left in the text but blank lines. */
bool edit_is_blank(const char *text);

#endif
