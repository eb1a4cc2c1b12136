/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../compat.h"

#include "act.h"
#include "lock.h"
#include "modules.h"
#include "report.h"

/* What bind allows another bind beyond the deadline of its steps, to give back and report. */
#define BIND_GRACE 3000

/* Everything that one run knows. */
struct run {
	int root;
	int sys;
	char *cmdline;
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
	struct claims claims;
	struct report report;
};

static void run_begin(struct run *run, int root)
{
	memset(run, 0, sizeof(*run));
	run->root = root;
	run->sys = openat(root, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	report_begin(&run->report, root);
}

static void run_free(struct run *run)
{
	report_drop(&run->report);
	claims_free(&run->claims);
	plan_free(&run->plan);
	snapshot_free(&run->snapshot);
	requests_free(&run->requests);
	if (run->sys >= 0)
		close(run->sys);
	free(run->cmdline);
}

static int read_requests(struct run *run)
{
	run->cmdline = sysfs_read_all(run->root, "proc/cmdline");
	if (!run->cmdline)
		return -errno;
	return requests_read(&run->requests, run->cmdline);
}

static bool anything_asked(const struct requests *requests)
{
	return requests->claims.count || requests->complaint_count;
}

/* snapshot, decide; and what is refused on the way is reported. */
static int make_plan(struct run *run)
{
	int error = snapshot_take(&run->snapshot, run->sys, &run->requests);

	if (!error)
		error = decide(&run->plan, &run->requests, &run->snapshot);
	if (!error)
		error = claims_make(&run->claims, run->sys, &run->plan, &run->requests);
	if (error)
		return error;
	report_complaints(&run->report, &run->requests);
	report_refusals(&run->report, &run->plan);
	return 0;
}

static void reserve(struct run *run)
{
	run->claims.calm = run->report.before == STAGE_NONE;
	act_reserve(&run->claims);
	report_claims(&run->report, &run->claims, "");
}

/* Returns the stage that is reached: with @early, something may be left to be done. */
static enum stage bind_claims(struct run *run, bool early)
{
	struct claims *claims = &run->claims;
	struct child modprobe = { .error = 0 };
	enum stage stage = STAGE_BOUND;

	report_settled(&run->report, claims);
	act_release(run->sys, &run->plan, &claims->budget);
	act_reserve(claims);
	if (!claims_any(claims, STATE_RESERVED) ||
	    modules_load(run->root, run->plan.hide_ids, &modprobe, &claims->budget))
		act_bind(claims, early);
	else
		act_give_back(claims, STEP_MODULES, modprobe.error);
	if (claims_any(claims, STATE_RESERVED))
		stage = STAGE_RESERVED;
	report_claims(&run->report, claims, modprobe.said);
	return stage;
}

static int status_of(const struct run *run)
{
	return run->report.failed ? EXIT_NOT_DONE : EXIT_DONE;
}

enum verb { RESERVE, BIND_EARLY, BIND };

/* What is left to do when something was asked for. */
static int carry_out(struct run *run, enum verb verb)
{
	enum stage stage = verb == RESERVE ? STAGE_RESERVED : STAGE_BOUND;
	bool failed = false;

	run->report.before = report_stage(&run->report, &failed);
	if (run->report.before == STAGE_BOUND)
		return failed ? EXIT_NOT_DONE : EXIT_DONE;
	run->report.quiet = run->report.before == STAGE_RESERVED;
	if (run->requests.off)
		report_off(&run->report);
	else if (make_plan(run))
		report_trouble(&run->report, "nothing is claimed: cannot look at ",
			       "/sys/bus/pci/devices");
	else if (verb == RESERVE)
		reserve(run);
	else
		stage = bind_claims(run, verb == BIND_EARLY);
	report_end(&run->report, stage);
	return status_of(run);
}

static int refuse(struct run *run, const char *what, const char *why)
{
	report_trouble(&run->report, what, why);
	return status_of(run);
}

int verb_reserve(int root)
{
	struct run run;
	int status = EXIT_DONE;

	run_begin(&run, root);
	if (read_requests(&run))
		status = refuse(&run, "nothing is claimed: cannot read ", "/proc/cmdline");
	else if (anything_asked(&run.requests)) {
		run_dir_make(root);
		status = carry_out(&run, RESERVE);
	}
	run_free(&run);
	return status;
}

static int bind_verb(int root, enum verb verb)
{
	struct run run;
	int status = EXIT_DONE;

	run_begin(&run, root);
	if (read_requests(&run))
		status = refuse(&run, "nothing is claimed: cannot read ", "/proc/cmdline");
	else if (!anything_asked(&run.requests))
		status = EXIT_DONE;
	else if (!lock_take(root, run.requests.timeout * 1000 + BIND_GRACE))
		status = refuse(&run, "another vfio-claim-boot has not ended; ", "not waiting");
	else
		status = carry_out(&run, verb);
	run_free(&run);
	return status;
}

int verb_bind(int root)
{
	return bind_verb(root, BIND);
}

int verb_bind_early(int root)
{
	return bind_verb(root, BIND_EARLY);
}
