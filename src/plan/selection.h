/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selection.h - what the selectors given to a command name in this machine, by the boot program's
 * own parser, snapshot and decision; as if all were forced and an IOMMU were active, so that only
 * what a device is can be a reason to refuse it
 */
#ifndef VFIO_CLAIM_PLAN_SELECTION_H
#define VFIO_CLAIM_PLAN_SELECTION_H

#include <stdbool.h>

#include "../core/decide.h"
#include "../core/drivers.h"
#include "../core/requests.h"
#include "../core/snapshot.h"
#include "../host/options.h"

/* A plan for the selectors, and all that it points into. All zero is the empty one. */
struct selection {
	const char *sysroot; /* the caller's */
	int sys;             /* see ../core/sysfs.h; only valid until selection_free() */
	char *conf;
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
};

/*
 * Takes the words that are left as selectors and decides on them. Gives EXIT_OK; after a message
 * EXIT_USAGE (none, or one that is malformed) or EXIT_FAILED (no PCI bus, no memory). To be
 * released with selection_free() whatever is given back.
 */
int selection_make(struct selection *selection, const struct arguments *args);

/*
 * Complains about each selector that names nothing and about each device that is named and must be
 * left alone, which is never a bridge that only a wildcard names. Gives how many complaints there
 * were.
 */
unsigned int selection_refusals(const struct selection *selection);

/* Frees all but the struct itself. */
void selection_free(struct selection *selection);

#endif
