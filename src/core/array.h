/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_CORE_ARRAY_H
#define VFIO_CLAIM_CORE_ARRAY_H

#include <stddef.h>

/*
 * Makes room for @size bytes in a block of which @used bytes count; @block: NULL, or what this
 * function returned when it was grown to hold @used bytes. Doubles the room, so that growing it
 * step by step costs no more than its length. (klibc's realloc(3) writes to a null pointer when
 * memory runs out.) Returns NULL without memory, and @block is as it was.
 */
void *memory_grow(void *block, size_t used, size_t size);

/*
 * Appends a copy of the @size bytes at @element to the array of @count such; @array is where the
 * pointer to it is (NULL for none), for the caller to free(). Returns 0, or -ENOMEM, and nothing
 * is changed. Begin at a count of 0.
 */
int array_add(void *array, size_t *count, const void *element, size_t size);

#endif
