/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * persistent.h - sets, verifies and removes claims for all later boots
 */
#ifndef VFIO_CLAIM_COMMANDS_PERSISTENT_H
#define VFIO_CLAIM_COMMANDS_PERSISTENT_H

#include <stdbool.h>

#include "../bootloader/boot_config.h"
#include "set_report.h"

/* Steps of another kind that belong to the same transaction. */
struct persistent_extra {
	/* Adds the steps, before all others. Returns 0, or -1 after printing an error. */
	int (*add)(struct changes *changes, void *to);
	void *to;
	bool images;       /* they change files that images contain: all are rebuilt */
	change_fn *verify; /* the last step, see changes_call(); with the subject "" */
	const char *verify_what;
};

/*
 * Must be called before the settings of the next boot are changed. Checks that this user may change
 * the running system (a system below a @sysroot may belong to any user), and locks it; see
 * system_lock(). Does neither with @dry_run. Returns 0, or -1 after printing an error.
 */
int persistent_begin(const char *sysroot, bool dry_run);

/*
 * Sets @words with report->config, rebuilds images that lack something, and verifies both; writes
 * the rule for report->owner, or removes it if that is NULL; with report->dry_run, shows the
 * changes instead. Removes what vfio-claim try has left, remembers
 * @words (remembered.h), reads the result back and prints it. @slots: the devices that the next
 * boot may claim, see outcome_slots(); if it would claim others, everything is undone. @fallback:
 * for fallback_set(); 0: none. @extra: or NULL. Fills @report. Returns an exit status.
 */
int persistent_set(struct set_report *report, const char *words, const char *slots,
		   unsigned int fallback, const struct persistent_extra *extra);

/* Removes what is set, in every place. Fills @report. Returns an exit status. */
int persistent_clear(struct set_report *report);

#endif
