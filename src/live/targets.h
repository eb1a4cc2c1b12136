/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * targets.h - the devices that claim and release change on the running system, chosen by the boot
 * program's own rules
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
	bool desktop;         /* what shows pictures on them is stopped and started, too */
	bool rolling_back;    /* signals are ignored */
	unsigned int timeout; /* seconds for everything that can block */
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
 * Checks that this is root or below a sysroot; locks the system (system_lock()) and opens the
 * directories. Returns EXIT_OK, or another exit status after printing an error.
 */
int targets_open(struct targets *targets, const char *sysroot, const struct arguments *args);

/* The same, after checking that a selector has been given. */
int targets_check(struct targets *targets, const char *sysroot, const struct arguments *args);

/*
 * Does @look(@targets) in a child, silently, without keeping its result: if a driver is stuck,
 * merely looking at its device can hang. Returns true if that ended within the timeout, or false
 * after printing an error.
 */
bool targets_rehearse(struct targets *targets, child_job *look);

/*
 * For a child, whose standard output and error are closed: sends them to /dev/null, since libraries
 * may write there.
 */
void targets_quiet(void);

/*
 * Decides about the selectors as a boot that claims them would, with this machine's protected list,
 * its kernel's variant drivers and what this boot was told to keep. --force forces all of them.
 * Returns 0, or -1 after printing an error.
 */
int targets_decide_claim(struct targets *targets);

/* Decides about the selectors as if they were forced and there were an IOMMU, so that only the
 * kind of a device can prevent it. Returns 0, or -1 after printing an error. */
int targets_decide_release(struct targets *targets);

/* Prints an error for each selector that names nothing. Returns how many there are. */
unsigned int targets_unmatched(const struct targets *targets);

/* Forgets the selectors and what was decided about them, so that others can be set. */
void targets_clear(struct targets *targets);

void targets_free(struct targets *targets);

/*
 * Prints that @user uses the device at @slot: an error or, with --force, a warning that it is @done
 * ("taken") by force.
 */
void targets_say_user(const struct targets *targets, const char *slot, const char *user,
		      const char *done);

#endif
