/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_groups.c - the functions by IOMMU group
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "listing.h"

/* A function and its place. */
struct place {
	const struct pci_function *function;
	size_t number; /* in the listing */
};

/* For qsort(3): by group number, functions without a group last; then by address. */
static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;
	const char *x = a->function->group, *y = b->function->group;

	if (!x != !y)
		return x ? -1 : 1;
	if (x && strcmp(x, y) != 0)
		return strtoul(x, NULL, 10) < strtoul(y, NULL, 10) ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* Returns true if both are in the same group. */
static bool are_together(const struct place *a, const struct place *b)
{
	return a->function->group && b->function->group &&
	       strcmp(a->function->group, b->function->group) == 0;
}

/* Appends the group from @begin to @end if it contains a function to show. */
static void take_group(struct listing *listing, const struct place *begin, const struct place *end)
{
	const struct place *place;
	bool meant = false;

	for (place = begin; place < end; place++)
		meant |= listing_means(listing, place->number);
	for (place = begin; meant && place < end; place++)
		listing->order[listing->count++] = place->number;
}

int listing_take_groups(struct listing *listing)
{
	const struct pci_functions *functions = &listing->functions;
	struct place *places = calloc(functions->count + 1, sizeof(*places));
	size_t i, begin = 0;

	listing->order = calloc(functions->count + 1, sizeof(*listing->order));
	if (!places || !listing->order) {
		free(places);
		return -ENOMEM;
	}
	for (i = 0; i < functions->count; i++)
		places[i] = (struct place){ &functions->list[i], i };
	qsort(places, functions->count, sizeof(*places), compare_places);
	for (i = 1; i <= functions->count; i++) {
		if (i < functions->count && are_together(&places[begin], &places[i]))
			continue;
		take_group(listing, &places[begin], &places[i]);
		begin = i;
	}
	free(places);
	return 0;
}
