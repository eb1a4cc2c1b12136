/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_ARRAY_H
#define VFIO_CLAIM_ARRAY_H

#include <stddef.h>

/*
 * Makes room for one more element of @size bytes behind the @count that @array holds (NULL for
 * none). Returns the array where it is now, for the caller to free(); or NULL without memory, and
 * @array is as it was. Give it every count from 0 on: it doubles the array whenever the count is a
 * power of two.
 */
void *array_room(void *array, size_t count, size_t size);

#endif
