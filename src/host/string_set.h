/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * string_set.h - a set of strings that remembers the order in which they were added
 */
#ifndef VFIO_CLAIM_HOST_STRING_SET_H
#define VFIO_CLAIM_HOST_STRING_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Owns its strings, from malloc(3). All zero means empty. */
struct string_set {
	size_t count;
	char **name;      /* NULL-terminated */
	size_t *slots;    /* a hash table of indexes into @name, plus 1; 0: free */
	size_t slot_mask; /* the number of slots, a power of two, minus 1 */
};

/* Adds a copy of @name at the end, unless the set has it. Returns 0, or -ENOMEM without changes. */
int string_set_add(struct string_set *names, const char *name);

/* Adds a copy of @name at the end, even if the set has it: for lists of words. */
int string_set_append(struct string_set *names, const char *name);

/* Returns true if the set has @name. */
bool string_set_have(const struct string_set *names, const char *name);

/* Frees the strings and empties the set. */
void string_set_free(struct string_set *names);

#endif
