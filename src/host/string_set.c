/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "string_set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool string_set_have(const struct string_set *names, const char *name)
{
	size_t i;

	for (i = 0; i < names->count; i++)
		if (strcmp(names->name[i], name) == 0)
			return true;
	return false;
}

int string_set_add(struct string_set *names, const char *name)
{
	char **longer, *copy;

	if (string_set_have(names, name))
		return 0;
	longer = realloc(names->name, (names->count + 1) * sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	names->name = longer;
	copy = strdup(name);
	if (!copy)
		return -ENOMEM;
	longer[names->count++] = copy;
	return 0;
}

void string_set_free(struct string_set *names)
{
	while (names->count)
		free(names->name[--names->count]);
	free(names->name);
	names->name = NULL;
}
