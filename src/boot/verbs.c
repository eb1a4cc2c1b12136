/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verbs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../compat.h"

#include "../act.h"
#include "baked.h"
#include "lock.h"
#include "modules.h"
#include "report.h"

/* What bind allows another bind beyond the deadline of its steps, to give back and report. */
#define BIND_GRACE 3000

/* Everything that one run knows. */
struct run {
	const char *slot;
	int root;
	enum depth depth;
	struct request_texts texts;
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
	run->claims.sys = openat(root, "sys", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	report_begin(&run->report, root);
}

static void run_free(struct run *run)
{
	report_drop(&run->report);
	claims_free(&run->claims);
	plan_free(&run->plan);
	snapshot_free(&run->snapshot);
	requests_free(&run->requests);
	baked_free(&run->texts);
}

static int read_requests(struct run *run)
{
	int error = baked_read(&run->texts, run->root, run->depth == DEPTH_ALL);

	return error ? error : requests_read(&run->requests, &run->texts);
}

static bool anything_asked(const struct requests *requests)
{
	return requests->claims.count || requests->complaint_count;
}

/* snapshot, decide */
static bool make_plan(struct run *run)
{
	int error = snapshot_take(&run->snapshot, run->claims.sys, &run->requests, run->depth,
				  run->slot);

	if (!error)
		error = decide(&run->plan, &run->requests, &run->snapshot);
	if (!error)
		error = claims_make(&run->claims, &run->plan, &run->requests);
	if (error)
		report_trouble(&run->report,
			       "nothing is claimed: cannot list /sys/bus/pci/devices");
	return !error;
}

/* The same, and what is refused on the way is reported. */
static bool plan_boot(struct run *run)
{
	bool planned;

	if (run->requests.off) {
		report_off(&run->report);
		return false;
	}
	planned = make_plan(run);
	if (planned) {
		report_complaints(&run->report, &run->requests);
		report_unmatched(&run->report, &run->plan);
		report_refusals(&run->report, &run->plan);
	}
	return planned;
}

static void reserve(struct run *run)
{
	if (plan_boot(run)) {
		run->claims.calm = run->report.before == STAGE_NONE;
		act_reserve(&run->claims);
		report_claims(&run->report, &run->claims, "");
	}
	report_end(&run->report, STAGE_RESERVED);
}

static bool load_modules(struct run *run, struct child *modprobe)
{
	struct claims *claims = &run->claims;
	struct claim *claim;
	size_t i;

	if (!modules_load(run->root, run->plan.hide_ids, modprobe, &claims->budget))
		return false;
	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		if (claim->state == STATE_RESERVED && claim->decision->module)
			modules_load_variant(run->root, claim->decision->module, claim->target,
					     &claims->budget);
	}
	return true;
}

static void complete_claims(struct run *run, bool early)
{
	struct claims *claims = &run->claims;
	struct child modprobe = { .error = 0 };

	act_reserve(claims);
	if (!claims_any(claims, STATE_RESERVED) || load_modules(run, &modprobe))
		act_bind(claims, early);
	else
		act_give_back(claims, STEP_MODULES, modprobe.error);
	act_free_displays(claims, run->root);
	report_claims(&run->report, claims, modprobe.said);
}

static void bind(struct run *run, bool early)
{
	plan_boot(run);
	baked_keep(run->root);
	report_settled(&run->report, &run->claims);
	act_release(&run->claims, &run->requests, &run->plan);
	complete_claims(run, early);
	report_end(&run->report,
		   claims_any(&run->claims, STATE_RESERVED) ? STAGE_RESERVED : STAGE_BOUND);
}

/* That there is nothing for most devices that appear is nothing to be reported. */
static void late(struct run *run)
{
	if (run->requests.off || !make_plan(run) || !run->plan.count)
		return;
	report_refusals(&run->report, &run->plan);
	complete_claims(run, false);
	report_add(&run->report);
}

const char *const VERB_NAMES[VERB_NONE] = { "reserve", "bind-early", "bind", "late" };

static bool is_bind(enum verb verb)
{
	return verb == VERB_BIND_EARLY || verb == VERB_BIND;
}

static void carry_out(struct run *run, enum verb verb)
{
	if (verb == VERB_LATE)
		late(run);
	else if (run->report.before == STAGE_BOUND)
		return;
	else if (verb == VERB_RESERVE)
		reserve(run);
	else
		bind(run, verb == VERB_BIND_EARLY);
}

/* What is left to do when something was asked for. */
static void prepare(struct run *run, enum verb verb)
{
	bool fresh = run_dir_make(run->root);

	if (is_bind(verb) && !lock_take(run->root, run->requests.timeout * 1000 + BIND_GRACE)) {
		report_trouble(&run->report, "another vfio-claim-boot has not ended");
		return;
	}
	/* Where there was no directory, there was no report, unless somebody else had the lock. */
	if (is_bind(verb) || (!fresh && verb == VERB_RESERVE))
		report_resume(&run->report);
	carry_out(run, verb);
}

int verb_run(enum verb verb, int root, const char *slot)
{
	struct run run;
	bool unread;

	run_begin(&run, root);
	run.slot = slot;
	run.depth = verb == VERB_RESERVE ? DEPTH_RESERVE : DEPTH_ALL;
	unread = read_requests(&run);
	if (unread)
		report_trouble(&run.report, "nothing is claimed: cannot read what to claim");
	/* What an earlier program has reserved may have to be given back. */
	if (unread || anything_asked(&run.requests))
		prepare(&run, verb);
	run_free(&run);
	return run.report.failed ? EXIT_NOT_DONE : EXIT_DONE;
}
