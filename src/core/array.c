/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *memory_grow(void *block, size_t used, size_t size)
{
	size_t room = 1;
	void *larger;

	while (room < size)
		room *= 2;
	/* What has been grown to hold @used bytes has room for the next power of two. */
	if (used * 2 > room)
		return block;
	larger = malloc(room);
	if (!larger)
		return NULL;
	if (used)
		memcpy(larger, block, used);
	free(block);
	return larger;
}

int array_add(void *array, size_t *count, const void *element, size_t size)
{
	char *all;

	/* The type of the pointer is unknown, so copy its bytes. */
	memcpy(&all, array, sizeof(all));
	all = memory_grow(all, *count * size, (*count + 1) * size);
	if (!all)
		return -ENOMEM;
	memcpy(array, &all, sizeof(all));
	memcpy(all + (*count)++ * size, element, size);
	return 0;
}
