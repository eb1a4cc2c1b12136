/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * set_entry.h - adds named entries to the boot menu, and removes them (named/named_entries.h)
 */
#ifndef VFIO_CLAIM_COMMANDS_SET_ENTRY_H
#define VFIO_CLAIM_COMMANDS_SET_ENTRY_H

#include "set_report.h"

/*
 * Makes the menu's entry @name claim with @words, and nothing else, for every kernel; with
 * report->dry_run, shows the changes instead. Call persistent_begin() before. Rebuilds images that
 * lack something, reads the menu back and prints what there is. Other entries stay as they are.
 * Fills @report, except for report->outcome's slots. Returns an exit status.
 */
int set_entry(struct set_report *report, const char *name, const char *words);

/* Removes the menu's entry @name, likewise. Returns an exit status: it fails if there is none. */
int clear_entry(struct set_report *report, const char *name);

#endif
