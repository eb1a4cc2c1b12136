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

/* The options of both commands; begin with targets_begin(). */
enum {
	OPT_FORCE = OPT_COMMAND_FIRST,
	OPT_TIMEOUT,
	OPT_GROUP,
};

struct targets {
	const char *sysroot;
	char *selectors; /* "rd.vfio.claim=SEL,SEL" */
	bool force;
	bool group;
	unsigned int timeout; /* seconds for everything that can block */
	int root, sys;        /* the directories, see ../core/sysfs.h; -1 while not open */
	struct boot_plan boot_plan;
};

/* Makes @targets empty; to be released with targets_free(). */
void targets_begin(struct targets *targets);

/*
 * Takes one word of the command line: an option or a selector. Returns EXIT_OK, or another exit
 * status after printing an error.
 */
int targets_take_word(struct targets *targets, struct settings *settings, struct arguments *args,
		      int word);

/*
 * Checks that a selector has been given, and that this is root or below a sysroot; locks the system
 * (system_lock()) and opens the directories. Returns as targets_take_word() does.
 */
int targets_check(struct targets *targets, const struct settings *settings,
		  const struct arguments *args);

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

void targets_free(struct targets *targets);

#endif
