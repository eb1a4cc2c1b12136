/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_CORE_ARRAY_H
#define VFIO_CLAIM_CORE_ARRAY_H

#include <stddef.h>

/*
 * As realloc(3), for a block of which @used bytes count: klibc's own writes to a null pointer when
 * memory runs out. NULL without memory, and @block is as it was.
 */
void *memory_grow(void *block, size_t used, size_t size);

/*
 * Appends a copy of the @size bytes at @element to the array of @count such; @array is where the
 * pointer to it is (NULL for none), for the caller to free(). Returns 0, or -ENOMEM, and nothing
 * is changed. Begin at a count of 0: room is doubled whenever the count is a power of two.
 */
int array_add(void *array, size_t *count, const void *element, size_t size);

#endif
