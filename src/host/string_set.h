/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * string_set.h - a growing list of strings
 */
#ifndef VFIO_CLAIM_HOST_STRING_SET_H
#define VFIO_CLAIM_HOST_STRING_SET_H

#include <stdbool.h>
#include <stddef.h>

/* Strings of the list's own, from malloc(3). All zero is the empty list. */
struct string_set {
	size_t count;
	char **name;
};

/*
 * Puts a copy of @name at the end, unless the list has it already.
 * Gives 0 or -ENOMEM; the list is then as it was.
 */
int string_set_add(struct string_set *names, const char *name);

/* Whether the list has @name. */
bool string_set_have(const struct string_set *names, const char *name);

/* Frees the strings and leaves the empty list. */
void string_set_free(struct string_set *names);

#endif
