/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set_report.h - what enable, disable and migrate did, as JSON */
#ifndef VFIO_CLAIM_COMMANDS_SET_REPORT_H
#define VFIO_CLAIM_COMMANDS_SET_REPORT_H

#include <stdbool.h>

#include "../bootloader/boot_config.h"
#include "../host/changes.h"
#include "../plan/outcome.h"

/* What the help says about --json. */
#define SET_REPORT_HELP                                                                            \
	"print one JSON document about what has changed and whether a reboot is due; what is "     \
	"otherwise printed goes to standard error"

/* Initialize the first members, and the others to zero; see set_report_free(). */
struct set_report {
	const char *sysroot;              /* the caller's, see path_below() */
	bool dry_run;                     /* it says what would be done */
	bool json;                        /* print it; otherwise it need not be filled */
	const struct boot_config *config; /* where the words are set; NULL: not known */
	char *words;                      /* those set; NULL: none were found */
	char *owner;                      /* to whom the nodes belong, see owner.h; NULL: nobody */
	const char *entry; /* the named entry that it is about; NULL: the plain ones */
	bool changed;
	struct string_set files;    /* written, other than images */
	struct string_set images;   /* rebuilt, */
	struct string_set kernels;  /* and their kernels, in the same order */
	struct string_set commands; /* run */
	struct string_set removed;  /* old settings, in sentences (migrate) */
	struct string_set left;     /* those that stay */
	struct outcome outcome;
};

/* Notes what @changes did, or with dry_run would do. @done: none of the steps failed. */
void set_report_take(struct set_report *report, const struct changes *changes, bool done);

/*
 * Prints the report if json is set, but not after wrong usage. @command: the command's name.
 * @status: its exit status. Returns @status, or EXIT_FAILED after printing an error.
 */
int set_report_print(const struct set_report *report, const char *command, int status);

void set_report_free(struct set_report *report);

#endif
