/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * running.h - the devices that claim and release are asked to change on the running system, by the
 * boot program's own rules
 */
#ifndef VFIO_CLAIM_LIVE_RUNNING_H
#define VFIO_CLAIM_LIVE_RUNNING_H

#include <stdbool.h>

#include "../core/child.h"
#include "../host/options.h"
#include "../plan/outlook.h"

/* The options of both commands; begin with running_begin(). */
enum {
	OPT_FORCE = OPT_COMMAND_FIRST,
	OPT_TIMEOUT,
	OPT_GROUP,
};

struct running {
	const char *sysroot;
	char *selectors; /* "rd.vfio.claim=SEL,SEL" */
	bool force;
	bool group;
	unsigned int timeout; /* seconds for what blocks */
	int root, sys;        /* the directories, see ../core/sysfs.h; -1 while not open */
	struct outlook outlook;
};

/* Makes @running empty; to be released with running_free(). */
void running_begin(struct running *running);

/*
 * Takes one word of the command line: an option or a selector. Gives EXIT_OK, or after a message
 * an exit status.
 */
int running_take_word(struct running *running, struct settings *settings, struct arguments *args,
		      int word);

/*
 * What must be so before anything is looked at: a selector has been given, and we are root, unless
 * there is a sysroot; locks the system (see system_lock()), and opens the directories. Returns as
 * running_take_word() does.
 */
int running_check(struct running *running, const struct settings *settings,
		  const struct arguments *args);

/*
 * Does @look(@running) in a child, in silence, which is thrown away: looking at a device can hang
 * as well as changing it, when its driver does not let go of it. Gives whether that ended within
 * the time; a message is out if not.
 */
bool running_rehearse(struct running *running, child_job *look);

/*
 * For a child, whose standard output and error are closed: opens them, for what may still write
 * there, and nobody listens.
 */
void running_quiet(void);

/*
 * Decides about the selectors: as a boot would that was asked for them, with what this machine runs
 * from and the variant drivers of its kernel; what the boot was asked to keep is kept, too. --force
 * forces all of them. Gives 0 or -1 after a message.
 */
int running_decide_claim(struct running *running);

/* Decides about the selectors as if they were forced and there were an IOMMU, so that only what a
 * device is speaks against it. Gives 0 or -1 after a message. */
int running_decide_release(struct running *running);

/* Complains about each selector that names nothing. Gives how many there are. */
unsigned int running_unmatched(const struct running *running);

void running_free(struct running *running);

#endif
