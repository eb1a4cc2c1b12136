/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.h - what `vfio-claim list` shows, and in which forms
 */
#ifndef VFIO_CLAIM_COMMANDS_LIST_LISTING_H
#define VFIO_CLAIM_COMMANDS_LIST_LISTING_H

#include <stdbool.h>

#include "../../host/terminal.h"
#include "../../machine/pci_functions.h"
#include "list_marks.h"

struct listing {
	struct pci_functions functions;
	struct marks marks;
	unsigned int kinds; /* of kind_find(); 0 for all */
	const char *sysroot;
	bool iommu;
	bool paths;    /* show path selectors, too */
	bool verbose;  /* show details (list_details.h), too */
	size_t *order; /* the numbers of the functions to show, with room for all; malloc(3) */
	size_t count;
};

/* Returns true if function @number is of a kind to show. */
bool listing_means(const struct listing *listing, size_t number);

/* Selects the functions to show: by address, or by whole IOMMU groups. Return 0 or -ENOMEM. */
int listing_take(struct listing *listing);
int listing_take_groups(struct listing *listing);

/* Returns "[10de:1e07]", the end of its name, or "" if it has none. */
const char *listing_ids(const struct pci_function *function);

/* Returns the path selector of function @number, see path_selector(). */
char *listing_path(const struct listing *listing, size_t number);

/* Returns the marks of function @number, "claimed, boot display": a new string; NULL for none. */
char *listing_remarks(const struct listing *listing, size_t number);

/* Returns the colour of its slot. */
enum colour listing_colour(const struct listing *listing, size_t number);

/* Print it as a table, and as the tree of buses and bridges. */
void listing_print_table(const struct listing *listing);
void listing_print_tree(const struct listing *listing);

/* As a JSON document. Returns EXIT_OK, or EXIT_FAILED after printing an error. */
int listing_print_json(const struct listing *listing);

#endif
