/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is said: one line per device in the kernel log, and the same in /run/vfio-claim/boot for the
 * real root. The only place where verdicts, states and errno become sentences.
 */
#ifndef VFIO_CLAIM_BOOT_REPORT_H
#define VFIO_CLAIM_BOOT_REPORT_H

#include <stdbool.h>

#include "../core/act.h"
#include "../core/text.h"

/* How far the boot has come; read back from /run/vfio-claim/boot by the program that runs next. */
enum stage {
	STAGE_NONE,
	STAGE_RESERVED, /* reserve has reported, or bind-early, and something is left to do */
	STAGE_BOUND,    /* all is done, or given up */
};

struct report {
	int root;
	enum stage before; /* how far an earlier program has come */
	char *earlier;     /* what that has reported, or NULL */
	bool failed;       /* something asked for was not done */
	char *file;        /* what is to stand in /run/vfio-claim/boot */
	size_t length;
	int kmsg;               /* -1 while closed */
	unsigned int kmsg_said; /* lines since it was opened */
	struct text line;       /* the one that is being made */
};

/* Begins an empty report for the machine below @root. */
void report_begin(struct report *report, int root);

/* Reads the report of an earlier program: how far it has come, and how that ended. */
void report_resume(struct report *report);

/*
 * Marks the claims that an earlier program has settled, one way or the other, as STATE_SETTLED, and
 * takes over what it said of them; those that it has reserved for vfio-pci itself as
 * STATE_RESERVED. What it has reserved and is not among the claims now is given back.
 */
void report_settled(struct report *report, struct claims *claims);

/* What on the command line cannot be understood. */
void report_complaints(struct report *report, const struct requests *requests);

/* Which claims name nothing here. */
void report_unmatched(struct report *report, const struct plan *plan);

/*
 * Which devices are left alone although a claim names them, and which neighbours of a claimed one
 * stay with their drivers.
 */
void report_refusals(struct report *report, const struct plan *plan);

/*
 * What became of each claim. @said is modprobe's own words for why there is no vfio-pci, or the
 * empty string.
 */
void report_claims(struct report *report, const struct claims *claims, const char *said);

/*
 * Reports what act_release() gave back of @plan, and where that is now. @sys: see ../core/sysfs.h.
 */
void report_released(struct report *report, int sys, const struct plan *plan);

/* A line that belongs to no device and says what has gone wrong. */
void report_trouble(struct report *report, const char *line);

/* That something was asked for and rd.vfio=0 forbids it. */
void report_off(struct report *report);

/*
 * Puts the file in place (written aside, then renamed), with @stage and the exit status as its last
 * line. The report is still to be dropped.
 */
void report_end(struct report *report, enum stage stage);

/* Appends what was said to /run/vfio-claim/late, in place of report_end(). */
void report_add(const struct report *report);

/* Frees what the report holds and closes the log; it may be dropped twice. */
void report_drop(struct report *report);

#endif
