/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/cmdline_removal.h"
#include "../core/params.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../host/terminal.h"
#include "../machine/stable.h"
#include "../plan/iommu_judge.h"
#include "../plan/next_boot.h"
#include "../plan/selector_args.h"
#include "../plan/whereabouts.h"
#include "plan_lines.h"

#define INDENT 4

void claim_options_free(struct claim_options *options)
{
	free(options->claims);
	free(options->keeps);
	free(options->vfs);
	*options = (struct claim_options){ 0 };
}

bool claim_options_any(const struct claim_options *options)
{
	return options->claims || options->vfs;
}

/* --- slots that may shift ------------------------------------------------------------------------
 */

/* Makes the selectors of *@list, if there is one, stable. Returns 0 or -ENOMEM. */
static int make_stable(char **list, const char *sysroot)
{
	char *stable;

	if (!*list)
		return 0;
	stable = stable_selectors(sysroot, *list);
	if (!stable)
		return -ENOMEM;
	free(*list);
	*list = stable;
	return 0;
}

/* Adds "SLOT:N" to *@list with a stable selector instead of its SLOT. Returns 0 or -ENOMEM. */
static int add_stable_vfs(char **list, const char *sysroot, char *item)
{
	char *number = strrchr(item, ':'), *stable, *both = NULL;
	int err = -ENOMEM;

	*number++ = '\0';
	stable = stable_selectors(sysroot, item);
	if (stable && asprintf(&both, "%s:%s", stable, number) >= 0)
		err = wishes_add_vfs(list, both);
	free(both);
	free(stable);
	return err;
}

/* The same as make_stable() for a list of SLOT:N. */
static int make_vfs_stable(char **list, const char *sysroot)
{
	char *old = *list, *rest = old, *item;
	int err = 0;

	*list = NULL;
	while (old && !err && (item = param_item(&rest, ",")))
		err = add_stable_vfs(list, sysroot, item);
	free(old);
	return err;
}

/* Asks whether to write slots as paths. */
static bool wants_stable(const struct claim_options *options, const char *sysroot)
{
	char *stable = stable_selectors(sysroot, options->claims), *question = NULL;
	bool wants = false;

	if (stable && strcmp(stable, options->claims) != 0 &&
	    asprintf(&question,
		     "Slot numbers can change when a card is added. Write %s instead, which never "
		     "names another device?",
		     stable) >= 0)
		wants = terminal_ask(question);
	free(question);
	free(stable);
	return wants;
}

int claim_options_settle(struct claim_options *options, const char *sysroot, bool ask)
{
	int err;

	if (ask && options->claims && !options->stable && !options->dry_run &&
	    terminal_has_person() && any_plain_slot(options->claims)) {
		options->was_asked = true;
		options->stable = wants_stable(options, sysroot);
	}
	if (!options->stable)
		return 0;
	err = make_stable(&options->claims, sysroot);
	if (!err)
		err = make_stable(&options->keeps, sysroot);
	if (!err)
		err = make_vfs_stable(&options->vfs, sysroot);
	if (err)
		message_errno(err, "the selectors");
	return err ? -1 : 0;
}

void claim_options_offer(const struct claim_options *options, const char *sysroot)
{
	char *stable, *guarded, *line = NULL;

	if (!options->claims || options->stable || options->was_asked ||
	    !any_plain_slot(options->claims))
		return;
	stable = stable_selectors(sysroot, options->claims);
	guarded = guarded_selectors(sysroot, options->claims);
	if (stable && guarded && strcmp(stable, options->claims) != 0 &&
	    asprintf(&line,
		     "Slot numbers can change when a card is added. --stable writes %s instead, "
		     "which never names another device; a guard alone would be %s.",
		     stable, guarded) >= 0)
		print_folded(0, line);
	free(line);
	free(guarded);
	free(stable);
}

/* --- words -------------------------------------------------------------------------------------
 */

/* Returns 0 or -ENOMEM. */
static int fill(struct wishes *wishes, const struct claim_options *options, const char *old)
{
	int err = old ? wishes_read(wishes, old) : 0;

	if (!err && options->claims)
		err = wishes_add(&wishes->claims, options->claims);
	if (!err && options->keeps)
		err = wishes_add(&wishes->keeps, options->keeps);
	if (!err && options->vfs)
		err = wishes_add_vfs(&wishes->vfs, options->vfs);
	if (!err && options->force && options->claims)
		err = wishes_add(&wishes->force, options->claims);
	wishes->group |= options->group;
	wishes->strict |= options->strict;
	return err;
}

/* Returns true if intel_iommu=on belongs among the words: Intel's IOMMU needs it, or --iommu is
 * given. */
static bool adds_intel(const struct claim_options *options, const char *sysroot,
		       const struct next_line *line)
{
	struct iommu_judgement iommu;

	if (options->sealed)
		return false;
	iommu_judge(&iommu, sysroot, line->cmdline, line->kver);
	return iommu_needs_word(&iommu) ||
	       (options->iommu && iommu.here.kind == IOMMU_INTEL && !iommu.words.intel_on);
}

char *claim_options_words(const struct claim_options *options, const char *sysroot, const char *old,
			  const struct next_line *line)
{
	struct wishes wishes = { 0 };
	char *own = NULL, *words = NULL;

	if (fill(&wishes, options, old) == 0)
		own = wishes_words(&wishes);
	if (own && asprintf(&words, "%s%s%s", own,
			    adds_intel(options, sysroot, line) ? " intel_iommu=on" : "",
			    options->pt ? " iommu=pt" : "") < 0)
		words = NULL;
	if (!words)
		message_errno(ENOMEM, "the words for the kernel command line");
	free(own);
	wishes_free(&wishes);
	return words;
}

/* --- what the boot will do ---------------------------------------------------------------------
 */

/*
 * Returns true if the boot would refuse a claim for a reason that will still hold then. A device
 * that is only there because of its group does not count: the claims work without it.
 */
static bool is_refused(const struct requests *requests, const struct decision *decision)
{
	if (!device_first(&requests->claims, decision->device, device_is_meant))
		return false;
	switch (decision->verdict) {
	case VERDICT_BRIDGE:
	case VERDICT_UNREADABLE:
	case VERDICT_OTHER_ID:
	case VERDICT_PROTECTED:
	case VERDICT_LAST_STORAGE:
	case VERDICT_HAS_VFS:
	case VERDICT_DIRECT:
		return true;
	default:
		return false;
	}
}

static bool any_refused(const char *sysroot, const struct next_boot *next, bool force)
{
	const struct plan *plan = &next->boot_plan.plan;
	bool refused = next->unfit;
	size_t i;

	for (i = 0; i < plan->count; i++)
		refused |= is_refused(&next->boot_plan.requests, &plan->decisions[i]);
	for (i = 0; !force && i < plan->unmatched_count; i++)
		/* A device that has moved will not appear here. */
		refused |= !next_boot_is_late(next, plan->unmatched[i]) &&
			   whereabouts_moved(sysroot, plan->unmatched[i]);
	return refused;
}

/* A missing device is claimed when it appears; only the user knows whether it can. */
static void warn_of_absent(const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	const struct selector *claim;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		claim = plan->unmatched[i];
		if (!next_boot_is_late(next, claim))
			message_warning("%s=%s: no such device now; if one appears, "
					"it will be claimed; 'vfio-claim list' shows what is here",
					claim->param, claim->text);
	}
}

/* Decides again, with or without an IOMMU. Returns 0, or -1 after printing an error. */
static int decide_with(struct next_boot *next, bool iommu)
{
	plan_free(&next->boot_plan.plan);
	next->boot_plan.snapshot.iommu = iommu;
	return boot_plan_decide(&next->boot_plan);
}

/*
 * The same, even if there will be no IOMMU: the boot refuses for that first, but other reasons
 * would remain once there is one. Leaves in @next what the boot will do, or why something is
 * refused.
 */
static bool any_refused_at_last(const char *sysroot, struct next_boot *next, bool force)
{
	if (next->iommu.verdict != IOMMU_OFF)
		return any_refused(sysroot, next, force);
	return decide_with(next, true) < 0 || any_refused(sysroot, next, force) ||
	       decide_with(next, false) < 0;
}

static void print_line(void *to, const char *line)
{
	(void)to;
	print_folded(INDENT, line);
}

static void complain_line(void *to, const char *line)
{
	(void)to;
	message_error("%s", line);
}

/* --- the IOMMU that it needs -------------------------------------------------------------------
 */

/* Warns that there is none, and why: it may still be turned on outside this system. */
static void warn_of_iommu(const struct iommu_judgement *iommu)
{
	struct text line;

	text_set(&line, "no IOMMU is active");
	iommu_add_cause(&line, iommu);
	message_warning("%s; without one nothing will be claimed", line.data);
}

/* Returns true if this system itself keeps the IOMMU off, after printing why and what to do. */
static bool iommu_is_kept_off(const char *sysroot, const struct iommu_judgement *iommu)
{
	struct text line;
	char *how;

	if (iommu->verdict != IOMMU_OFF)
		return false;
	if (iommu->cause != IOMMU_BY_WORD && iommu->cause != IOMMU_BY_KERNEL) {
		warn_of_iommu(iommu);
		return false;
	}
	text_set(&line, "the next boot would have no IOMMU");
	iommu_add_cause(&line, iommu);
	how = iommu->stops ? cmdline_removal(sysroot, NULL, iommu->stops) : NULL;
	message_error("%s; without one nothing can be claimed%s%s", line.data,
		      how ? "; first: " : "", how ? how : "");
	message_error("nothing was changed");
	free(how);
	return true;
}

/* Returns true, after printing it, if all devices of a claim are kept: --force cannot help. */
static bool is_kept(const char *sysroot, const struct next_boot *next)
{
	const struct selector *claim = outcome_kept(next);

	if (!claim)
		return false;
	plan_tell(next, sysroot, complain_line, NULL);
	message_error("%s=%s: all that it names is kept; first remove what keeps it", claim->param,
		      claim->text);
	message_error("nothing was changed");
	return true;
}

/* --- virtual functions -------------------------------------------------------------------------
 */

/* Returns true, after printing why, if one of the requests for virtual functions cannot be met. */
static bool any_vfs_refused(const struct next_boot *next)
{
	const struct vfs_request *request;
	struct text why;
	size_t i, count = 0;

	for (i = 0; i < next->vfs.count; i++) {
		request = &next->vfs.list[i];
		if (!next_boot_refuses_vfs(&why, next, request))
			continue;
		message_error("%s=%s: %s", request->param, request->text, why.data);
		count++;
	}
	if (count)
		message_error("nothing was changed");
	return count;
}

/* --- verdict ------------------------------------------------------------------------------------
 */

/* Returns 0, or -1 if something is refused. */
static int judge(const char *sysroot, const struct next_line *line, struct next_boot *next,
		 bool force)
{
	if (any_vfs_refused(next))
		return -1;
	if (any_refused_at_last(sysroot, next, force)) {
		plan_tell(next, sysroot, complain_line, NULL);
		outcome_warn_of_ids(sysroot, line, next);
		message_error("nothing was changed%s",
			      force ? ""
				    : "; --force overrides the guards that protect this system");
		return -1;
	}
	if (is_kept(sysroot, next) || iommu_is_kept_off(sysroot, &next->iommu))
		return -1;
	warn_of_absent(next);
	puts("The next boot:");
	plan_tell(next, sysroot, print_line, NULL);
	fflush(stdout);
	outcome_warn_of_ids(sysroot, line, next);
	return 0;
}

int wishes_check(const char *sysroot, const struct next_line *line, const char *words,
		 const char *conf, bool force, struct outcome *outcome, const char **doubt)
{
	char *wanted = conf ? strdup(line->cmdline) : cmdline_with(line->cmdline, words);
	struct next_boot next = { 0 };
	int result = -1;

	if (!wanted)
		message_error("%s: %s", line->file ? line->file : "the next boot",
			      config_error(errno));
	else if (next_boot_find_with(&next, sysroot, wanted, line->kver, conf) == 0)
		result = judge(sysroot, line, &next, force);
	if (result == 0 && doubt)
		*doubt = outcome_doubt(&next);
	if (result == 0 && outcome) {
		outcome_foresee(outcome, &next);
		result = outcome->slots ? 0 : -1;
	}
	next_boot_free(&next);
	free(wanted);
	return result;
}
