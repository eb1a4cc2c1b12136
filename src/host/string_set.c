/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "string_set.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS_FIRST 16

/* FNV-1a (RFC 9923). */
static size_t hash(const char *name)
{
	uint32_t sum = 2166136261U;

	for (; *name; name++)
		sum = (sum ^ (unsigned char)*name) * 16777619U;
	return sum;
}

/* Returns the slot of @name, or the free one for it. At least one slot is free. */
static size_t *find_slot(const struct string_set *names, const char *name)
{
	size_t at = hash(name);

	for (;; at++) {
		size_t *slot = &names->slots[at & names->slot_mask];

		if (!*slot || strcmp(names->name[*slot - 1], name) == 0)
			return slot;
	}
}

/* Doubles the size of the table. Returns 0 or -ENOMEM. */
static int grow(struct string_set *names)
{
	size_t size = names->slots ? (names->slot_mask + 1) * 2 : SLOTS_FIRST, i, *slot;
	char **longer = realloc(names->name, (size / 2 + 2) * sizeof(*longer));
	size_t *slots = longer ? calloc(size, sizeof(*slots)) : NULL;

	if (longer)
		names->name = longer;
	if (!slots)
		return -ENOMEM;
	free(names->slots);
	names->slots = slots;
	names->slot_mask = size - 1;
	for (i = 0; i < names->count; i++) {
		slot = find_slot(names, names->name[i]);
		if (!*slot)
			*slot = i + 1;
	}
	return 0;
}

bool string_set_have(const struct string_set *names, const char *name)
{
	return names->count && *find_slot(names, name);
}

int string_set_append(struct string_set *names, const char *name)
{
	size_t *slot;
	char *copy;

	/* At most half of the slots are used. */
	if ((!names->slots || names->count >= (names->slot_mask + 1) / 2) && grow(names) < 0)
		return -ENOMEM;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	slot = find_slot(names, name);
	names->name[names->count++] = copy;
	names->name[names->count] = NULL;
	if (!*slot)
		*slot = names->count;
	return 0;
}

int string_set_add(struct string_set *names, const char *name)
{
	return string_set_have(names, name) ? 0 : string_set_append(names, name);
}

void string_set_free(struct string_set *names)
{
	while (names->count)
		free(names->name[--names->count]);
	free(names->name);
	free(names->slots);
	*names = (struct string_set){ 0 };
}
