/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.h - a growing list of strings
 */
#ifndef VFIO_CLAIM_HOST_NAMES_H
#define VFIO_CLAIM_HOST_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* Strings of the list's own, from malloc(3). All zero is the empty list. */
struct names {
	size_t count;
	char **name;
};

/*
 * Puts a copy of @name at the end, unless the list has it already.
 * Gives 0 or -ENOMEM; the list is then as it was.
 */
int names_add(struct names *names, const char *name);

/* Whether the list has @name. */
bool names_have(const struct names *names, const char *name);

/* Frees the strings and leaves the empty list. */
void names_free(struct names *names);

#endif
