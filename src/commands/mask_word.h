/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mask_word.h - the part of mask_secrets.h for single words
 */
#ifndef VFIO_CLAIM_COMMANDS_MASK_WORD_H
#define VFIO_CLAIM_COMMANDS_MASK_WORD_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../host/string_set.h"
#include "mask_known.h"

/* How many kinds of secrets are known by their form. */
#define MASK_FORMS 13

/* A secret that has been masked. Its number is its place in the list, from 1. */
struct mask_secret {
	char *text; /* in lower case; a MAC address without separators */
	const char *kind;
};

struct mask {
	bool off;                /* nothing is masked */
	struct string_set hosts; /* names of this machine */
	struct string_set users; /* names of its users */
	regex_t form[MASK_FORMS];
	struct mask_secret *secret;
	size_t count;
};

/* A line that is being masked. */
struct scan {
	struct mask *mask;
	FILE *out;
	enum mask_announcement next; /* what the words so far say about the next one */
	bool number;                 /* the next word may be a long number */
};

/* A part of a word. */
struct part {
	size_t at, len; /* len is 0 if there is none */
	const char *kind;
};

/* Compiles the forms of secrets. Returns 0, or -ENOMEM with nothing to be freed. */
int mask_forms_begin(struct mask *mask);
void mask_forms_free(struct mask *mask);

/* Finds the name of a host or user that is not part of a longer word. */
struct part mask_find_name(const struct mask *mask, const char *text);

/* Returns true for a key in base64, as WireGuard's. */
bool mask_is_base64(const struct mask *mask, const char *word);

/* Prints the mask of a secret. @kind: a word; a constant. */
void mask_put_secret(struct scan *scan, const char *secret, size_t len, const char *kind);

/* Prints harmless text. */
void mask_put(struct scan *scan, const char *text, size_t len);

/* Prints a word, which is cut up, and masks the secrets in it. */
void mask_put_word(struct scan *scan, char *word);

/* The same for a key, such as "rd.iscsi.password", which is neither a path nor a domain. */
void mask_put_key(struct scan *scan, char *key);

#endif
