/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * string_set.h - a set of strings that remembers the order in which they were added
 */
#ifndef VFIO_CLAIM_HOST_STRING_SET_H
#define VFIO_CLAIM_HOST_STRING_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Strings of the set's own, from malloc(3). All zero is the empty set. */
struct string_set {
	size_t count;
	char **name;      /* NULL behind the last one */
	size_t *slots;    /* a hash table of places in @name, plus 1; 0 is a free slot */
	size_t slot_mask; /* one less than their number, which is a power of two */
};

/* Adds a copy of @name at the end, unless the set has it. Returns 0, or -ENOMEM: nothing changed.
 */
int string_set_add(struct string_set *names, const char *name);

/* Adds a copy of @name at the end, even if it is there: for words of which each counts. */
int string_set_append(struct string_set *names, const char *name);

/* Returns true if the set has @name. */
bool string_set_have(const struct string_set *names, const char *name);

/* Frees the strings and leaves the empty set. */
void string_set_free(struct string_set *names);

#endif
