/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets.h - the devices that claim and release are asked to change on the running system, by the
 * boot program's own rules
 */
#ifndef VFIO_CLAIM_LIVE_TARGETS_H
#define VFIO_CLAIM_LIVE_TARGETS_H

#include <stdbool.h>

#include "../core/child.h"
#include "../host/options.h"
#include "../plan/boot_plan.h"

struct targets {
	const char *sysroot;
	char *selectors; /* "SEL,SEL" */
	bool force;
	bool group;
	unsigned int timeout; /* seconds for what blocks */
	int root, sys;        /* the directories, see ../core/sysfs.h; -1 while not open */
	struct boot_plan boot_plan;
	struct boot_plan boot; /* what this boot was asked to keep */
};

/* Empty, and to be released with targets_free(). */
#define TARGETS_INIT                                                                               \
	{                                                                                          \
		.sysroot = "", .timeout = TIMEOUT_DEFAULT, .root = -1, .sys = -1                   \
	}

/* For an option: takes a time in seconds. @to: an unsigned int. */
take_fn targets_take_timeout;

/* The value of that option, and its line of the help. */
#define TARGETS_TIMEOUT_VALUE "SECONDS"
#define TARGETS_TIMEOUT_HELP  "how long to wait for a step that hangs: 1 to 60, normally 10"

/*
 * What must be so before anything is looked at: a selector has been given, and we are root, unless
 * there is a @sysroot; locks the system (see system_lock()), and opens the directories. Returns
 * EXIT_OK, or another exit status after printing an error.
 */
int targets_check(struct targets *targets, const char *sysroot, const struct arguments *args);

/*
 * Does @look(@targets) in a child, in silence, which is thrown away: looking at a device can hang
 * as well as changing it, when its driver does not let go of it. Gives whether that ended within
 * the time; a message is out if not.
 */
bool targets_rehearse(struct targets *targets, child_job *look);

/*
 * For a child, whose standard output and error are closed: opens them, for what may still write
 * there, and nobody listens.
 */
void targets_quiet(void);

/*
 * Decides about the selectors: as a boot would that was asked for them, with what this machine runs
 * from and the variant drivers of its kernel; what the boot was asked to keep is kept, too. --force
 * forces all of them. Gives 0 or -1 after a message.
 */
int targets_decide_claim(struct targets *targets);

/* Decides about the selectors as if they were forced and there were an IOMMU, so that only what a
 * device is speaks against it. Gives 0 or -1 after a message. */
int targets_decide_release(struct targets *targets);

/* Complains about each selector that names nothing. Gives how many there are. */
unsigned int targets_unmatched(const struct targets *targets);

void targets_free(struct targets *targets);

#endif
