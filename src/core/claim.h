/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One device and the steps of its claim. Every step may block inside the kernel without limit, so
 * act.c runs them in children. The driver link, read back, is the only truth about an outcome
 * (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef VFIO_CLAIM_CORE_CLAIM_H
#define VFIO_CLAIM_CORE_CLAIM_H

#include <stdbool.h>

#include "child.h"
#include "decide.h"

/* How far a device has come. */
enum state {
	STATE_LEFT,       /* not reserved, and not to be touched */
	STATE_RESERVED,   /* its driver_override is ours */
	STATE_BINDING,    /* a child is at it */
	STATE_CLAIMED,    /* bound to vfio-pci or to its variant driver */
	STATE_GIVEN_BACK, /* not claimed; its own driver may have it */
	STATE_HELD,       /* not claimed; rd.vfio.strict=1 keeps it without a driver */
	STATE_STUCK,      /* a step did not end before the deadline */
	STATE_SETTLED,    /* an earlier run has claimed it or given it back */
};

/* What was being done; a child says each as a letter before it begins it. */
enum step {
	STEP_NONE = 0,
	STEP_OVERRIDE = 'o',
	STEP_MODULES = 'm',
	STEP_UNBIND = 'u',
	STEP_BIND = 'b',
};

/* What becomes of one claim of the plan. */
struct claim {
	int sys; /* see sysfs.h */
	const struct decision *decision;
	bool strict; /* it is not given back */
	enum state state;
	enum step step;         /* the step that failed */
	int error;              /* its errno, 0 when none did */
	char driver[NAME_SIZE]; /* the driver it has now, or the empty string */
	char target[NAME_SIZE]; /* the driver it is to have: vfio-pci, or its variant; while only
				     the module of that is known, the module's name */
	char holder[NAME_SIZE]; /* what else holds memory of a claimed display, or empty */
	struct child child;
};

/* Reads which driver the device has now, and says whether that is one of those we are after. */
bool claim_look(struct claim *claim);

/*
 * Writes the override. One that somebody else has set is not overwritten (EEXIST), unless the claim
 * is forced. The steps are said to @say, a descriptor, or to nobody when that is negative. Returns
 * 0 or an errno, as the next two do.
 */
int claim_reserve(const struct claim *claim, int say);

/*
 * Takes the device from the driver that has it and binds it to its target, or to vfio-pci when
 * that declines. What cannot be bound is given back at once: a child that was stuck may come to it
 * long after everybody has gone on.
 */
int claim_take(struct claim *claim, int say);

/* As if we had never been here: no override of ours, and a driver that wants it may have it. */
int claim_give_back(struct claim *claim, int say);

#endif
