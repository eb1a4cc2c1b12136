/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_marks.h - what vfio-claim knows about each function: requested, claimed, needed by this
 * system
 */
#ifndef VFIO_CLAIM_COMMANDS_LIST_LIST_MARKS_H
#define VFIO_CLAIM_COMMANDS_LIST_LIST_MARKS_H

#include <stdbool.h>

#include "../../machine/bus.h"
#include "../../machine/pci_functions.h"
#include "../../plan/boot_plan.h"
#include "../../plan/vfs_requests.h"

/* One function. */
struct mark {
	bool asked;             /* this boot was asked to claim it */
	bool claimed;           /* and it is on vfio-pci or its variant */
	bool in_the_way;        /* its driver keeps a claimed device from being passed through */
	const char *needed_for; /* what this system needs it for, "/,swap", or NULL */
	const char *sound;      /* for a display: the slot of its sound on another bus, or NULL */
	char *physical;         /* the slot of which it is a virtual function; or NULL */
};

struct marks {
	struct mark *list; /* one for each function, in their order */
	size_t count;
	struct boot_plan asked, needed;
	struct vfs_requests vfs; /* of this boot */
	struct bus bus;
};

/*
 * Finds the marks of @functions. Silently leaves out what cannot be determined.
 * @sysroot: see path_below(). @marks: must be freed in any case.
 * Returns 0, or -1 after printing an error (no memory).
 */
int marks_find(struct marks *marks, const char *sysroot, const struct pci_functions *functions);

/* Frees what it holds. */
void marks_free(struct marks *marks);

#endif
