/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listing.h - what `vfio-claim list` shows, and the ways in which it can
 */
#ifndef VFIO_CLAIM_CLI_LISTING_H
#define VFIO_CLAIM_CLI_LISTING_H

#include <stdbool.h>

#include "marks.h"
#include "pci_functions.h"
#include "terminal.h"

struct listing {
	struct pci_functions functions;
	struct marks marks;
	unsigned int kinds; /* of kind_find(); 0 for all */
	bool iommu;
};

/* Whether function @number is to be shown. */
bool listing_shows(const struct listing *listing, size_t number);

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
