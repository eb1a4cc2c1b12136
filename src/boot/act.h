/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan carried out, one device at a time, each in a child with a deadline. The driver link,
 * read back, is the only truth about the outcome (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef VFIO_CLAIM_BOOT_ACT_H
#define VFIO_CLAIM_BOOT_ACT_H

#include <stdbool.h>
#include <stddef.h>

#include "../decide.h"
#include "child.h"

/* The driver's name, which is not the module's; what driver_override must say to the letter. */
#define VFIO_DRIVER "vfio-pci"

/* How far a device has come. */
enum state {
	STATE_LEFT,       /* not reserved, and not to be touched */
	STATE_RESERVED,   /* its driver_override says vfio-pci */
	STATE_BINDING,    /* a child is at it */
	STATE_CLAIMED,    /* bound to vfio-pci */
	STATE_GIVEN_BACK, /* not claimed; its own driver may have it */
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
	enum state state;
	enum step step;           /* the step that failed */
	int error;                /* its errno, 0 when none did */
	char driver[DRIVER_SIZE]; /* the driver it has now, or the empty string */
	struct child child;
};

/* The claims of a plan that are to be carried out. */
struct claims {
	struct claim *item;
	size_t count;
	unsigned int timeout; /* seconds for all that blocks */
	unsigned int budget;  /* what is left of them, in milliseconds */
	bool calm;            /* nothing has been loaded or unbound yet */
};

/* Makes the claims of @plan, none of them begun; both stay the caller's. Returns 0 or -ENOMEM. */
int claims_make(struct claims *claims, int sys, const struct plan *plan,
		const struct requests *requests);

/* Frees them; children that are still running are left behind. */
void claims_free(struct claims *claims);

/* Whether any claim has come as far as @state. */
bool claims_any(const struct claims *claims, enum state state);

/*
 * Writes every claim's driver_override, side by side: none waits for another that is stuck. One
 * that somebody else has set is not overwritten (EEXIST), unless the claim is forced.
 */
void act_reserve(struct claims *claims);

/*
 * Takes every reserved device from the driver that has it and binds it to its variant driver, or to
 * vfio-pci when there is none or it declines; one after the other (drivers have had bugs with
 * unbinding side by side), passing over one that is stuck. What cannot be bound is given back. With
 * @early, what another driver holds stays reserved.
 */
void act_bind(struct claims *claims, bool early);

/*
 * Gives back what is reserved: override cleared, its own driver probed. @step and @error are noted
 * as the reason. With rd.vfio.strict=1 only the reason is noted.
 */
void act_give_back(struct claims *claims, enum step step, int error);

/*
 * Gives back what @plan leaves alone and yet is ours or vfio-pci's: reserved before it was looked
 * at as closely, or kept, but taken by a vfio-pci that is built in.
 */
void act_release(int sys, const struct plan *plan, unsigned int *budget);

#endif
