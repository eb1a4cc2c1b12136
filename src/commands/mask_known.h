/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mask_known.h - what mask_secrets.h knows about single words: what is harmless, and what announces
 * a secret. Pure. Words are passed as their first byte and their length.
 */
#ifndef VFIO_CLAIM_COMMANDS_MASK_KNOWN_H
#define VFIO_CLAIM_COMMANDS_MASK_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

/* Returns true if the values of this parameter or key identify nobody. */
bool mask_key_is_harmless(const char *key, size_t len);

/* Returns true if the value of this key is a secret whatever it looks like: "password". */
bool mask_key_is_secret(const char *key, size_t len);

/* Returns true if this word of a kernel command line, which has no value, is harmless. */
bool mask_flag_is_harmless(const char *word);

/* Returns true if a value is harmless whatever its key: "on", "none", a short number. */
bool mask_value_is_plain(const char *value, size_t len);

/* Returns true if the number that follows this word is harmless however long: "ecap". */
bool mask_announces_number(const char *word, size_t len);

enum mask_announcement {
	MASK_NOTHING,
	MASK_SERIAL, /* the next word is a secret if it contains a digit */
	MASK_NEXT,   /* the next word, or quoted string, is a secret */
};

/* Returns what a word says about the next one. @colon: a colon or the like follows the word. */
enum mask_announcement mask_announces(const char *word, size_t len, bool colon);

/* Returns true for "number" and "no", which may stand between "serial" and the secret. */
bool mask_is_number_word(const char *word, size_t len);

/*
 * Returns true if a run of letters and digits is harmless: letters alone, short numbers and mixed
 * words, sizes ("8176M"), device names ("nvme0n1"), dates, addresses in memory.
 */
bool mask_piece_is_harmless(const char *piece, size_t len);

/* Returns true if @word looks like the name of a host with its domain. */
bool mask_is_domain(const char *word, size_t len);

/*
 * Returns how much of a path is harmless: @len if its parts may be examined one by one,
 * less if the rest is secret ("/dev/disk/by-id/" and what follows), 0 if all of it is.
 */
size_t mask_path_harmless(const char *path, size_t len);

#endif
