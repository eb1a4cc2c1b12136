/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <stdlib.h>

void *array_room(void *array, size_t count, size_t size)
{
	if (count & (count - 1))
		return array;
	return realloc(array, (count ? count * 2 : 1) * size);
}
