/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_marks.h - what vfio-claim knows of each function: asked for, claimed, needed by this system
 */
#ifndef VFIO_CLAIM_COMMANDS_LIST_LIST_MARKS_H
#define VFIO_CLAIM_COMMANDS_LIST_LIST_MARKS_H

#include <stdbool.h>

#include "../../machine/bus.h"
#include "../../machine/pci_functions.h"
#include "../../plan/boot_plan.h"

/* Of one function. */
struct mark {
	bool asked;             /* this boot was asked to claim it */
	bool claimed;           /* and it is on vfio-pci, or on a variant of that */
	bool in_the_way;        /* its driver keeps a claimed device from any virtual machine */
	const char *needed_for; /* "/,swap", or NULL: what of this system would be gone with it */
	const char *sound;      /* of a display: the slot of its sound on another bus, or NULL */
};

struct marks {
	struct mark *list; /* one for each function, in their order */
	struct boot_plan asked, needed;
	struct bus bus;
};

/*
 * Finds the marks of @functions. What cannot be found out is not marked, in silence.
 * @sysroot: see path_below(). @marks: to be freed whatever is given back.
 * Gives 0 or -1 after a message (no memory).
 */
int marks_find(struct marks *marks, const char *sysroot, const struct pci_functions *functions);

/* Frees what it holds. */
void marks_free(struct marks *marks);

#endif
