/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.h - what `vfio-claim list` shows, and the ways in which it can
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
	bool iommu;
	size_t *order; /* the numbers of those that are shown, room for all; malloc(3) */
	size_t count;
};

/* Whether function @number is of a kind that is to be shown. */
bool listing_means(const struct listing *listing, size_t number);

/* Takes what is to be shown: by address; or by IOMMU group, each whole. Give 0 or -ENOMEM. */
int listing_take(struct listing *listing);
int listing_take_groups(struct listing *listing);

/* "[10de:1e07]", the end of its name; empty when it has none. */
const char *listing_ids(const struct pci_function *function);

/* What is marked of function @number, "claimed, boot display"; a new string, NULL for nothing. */
char *listing_remarks(const struct listing *listing, size_t number);

/* The colour of its slot. */
enum colour listing_colour(const struct listing *listing, size_t number);

/* As columns; as the tree of buses and bridges. */
void listing_print_table(const struct listing *listing);
void listing_print_tree(const struct listing *listing);

/* As a document. Gives EXIT_OK, or EXIT_FAILED after a message. */
int listing_print_json(const struct listing *listing);

#endif
