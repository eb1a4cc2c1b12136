/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wish_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claim_words.h"
#include "given.h"
#include "iommu.h"
#include "messages.h"
#include "next_boot.h"
#include "outcome.h"
#include "plan_lines.h"
#include "terminal.h"

#define INDENT 4

int wish_options_take(struct wish_options *options, struct settings *settings,
		      struct arguments *args, int word)
{
	switch (word) {
	case OPT_SYSROOT:
		return set_sysroot(settings, args);
	case OPT_OPERAND:
		return given_add(args, &options->claims);
	case OPT_KEEP:
		return given_add_keep(args, &options->keeps);
	case OPT_GROUP:
		options->group = true;
		return EXIT_OK;
	case OPT_STRICT:
		options->strict = true;
		return EXIT_OK;
	case OPT_FORCE:
		options->force = true;
		return EXIT_OK;
	case OPT_IOMMU:
		options->iommu = true;
		return EXIT_OK;
	case OPT_PT:
		options->pt = true;
		return EXIT_OK;
	case OPT_DRY_RUN:
		options->dry_run = true;
		return EXIT_OK;
	default:
		return EXIT_USAGE;
	}
}

void wish_options_free(struct wish_options *options)
{
	free(options->claims);
	free(options->keeps);
	*options = (struct wish_options){ 0 };
}

/* --- words -------------------------------------------------------------------------------------
 */

/* Gives 0 or -ENOMEM. */
static int fill(struct wishes *wishes, const struct wish_options *options, const char *old)
{
	int err = old ? wishes_read(wishes, old) : 0;

	if (!err && options->claims)
		err = wishes_read(wishes, options->claims);
	if (!err && options->keeps)
		err = wishes_read(wishes, options->keeps);
	if (!err && options->force && options->claims)
		err = wishes_add(&wishes->force, strchr(options->claims, '=') + 1);
	wishes->group |= options->group;
	wishes->strict |= options->strict;
	return err;
}

/* Whether the kernel has to be told to turn the IOMMU on; says so. */
static bool needs_intel(const struct wish_options *options, const char *sysroot,
			const char *cmdline)
{
	char *value = cmdline_value(cmdline, "intel_iommu");
	bool told = value, active = iommu_is_active(sysroot), intel = cpu_is_intel(sysroot);

	free(value);
	if (!active && !intel)
		complain("warning: no IOMMU is active: turn on AMD-Vi or “IOMMU” in the firmware "
			 "setup, or nothing will be claimed");
	else if (!active && told)
		complain("warning: no IOMMU is active, although the kernel is told: turn on VT-d "
			 "in the firmware setup, or nothing will be claimed");
	return intel && !told && (!active || options->iommu);
}

char *wish_options_words(const struct wish_options *options, const char *sysroot, const char *old,
			 const char *cmdline)
{
	struct wishes wishes = { 0 };
	char *own = NULL, *words = NULL;

	if (fill(&wishes, options, old) == 0)
		own = wishes_words(&wishes);
	if (own && asprintf(&words, "%s%s%s", own,
			    needs_intel(options, sysroot, cmdline) ? " intel_iommu=on" : "",
			    options->pt ? " iommu=pt" : "") < 0)
		words = NULL;
	if (!words)
		complain_errno(ENOMEM, "the words for the kernel command line");
	free(own);
	wishes_free(&wishes);
	return words;
}

/* --- what the boot will do ---------------------------------------------------------------------
 */

/* Whether the boot would refuse a claim, for a reason that is not gone by then. */
static bool is_refused(const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_BRIDGE:
	case VERDICT_UNREADABLE:
	case VERDICT_OTHER_ID:
	case VERDICT_PROTECTED:
	case VERDICT_HAS_VFS:
	case VERDICT_DIRECT:
		return true;
	default:
		return false;
	}
}

static bool any_refused(const struct next_boot *next, bool force)
{
	const struct plan *plan = &next->outlook.plan;
	bool refused = next->unfit;
	size_t i;

	for (i = 0; i < plan->count; i++)
		refused |= is_refused(&plan->decisions[i]);
	for (i = 0; !force && i < plan->unmatched_count; i++)
		refused |= !next_boot_is_late(next, plan->unmatched[i]);
	return refused;
}

static void print_line(void *to, const char *line)
{
	(void)to;
	print_folded(INDENT, line);
}

static void complain_line(void *to, const char *line)
{
	(void)to;
	complain("%s", line);
}

/* Gives 0, or -1 when something is refused. */
static int judge(const char *sysroot, const struct next_line *line, const struct next_boot *next,
		 bool force)
{
	bool refused = any_refused(next, force);

	if (!refused)
		puts("The next boot:");
	plan_tell(next, sysroot, refused ? complain_line : print_line, NULL);
	fflush(stdout);
	outcome_warn_of_ids(sysroot, line, next);
	if (refused)
		complain("nothing was changed%s",
			 force ? "" : "; --force overrules what is only to protect this system");
	return refused ? -1 : 0;
}

int wishes_check(const char *sysroot, const struct next_line *line, const char *words,
		 const char *conf, bool force, char **slots)
{
	char *wanted = conf ? strdup(line->cmdline) : cmdline_with(line->cmdline, words);
	struct next_boot next = { 0 };
	int result = -1;

	if (!wanted)
		complain_errno(ENOMEM, "the kernel command line");
	else if (next_boot_find_with(&next, sysroot, wanted, line->kver, conf) == 0)
		result = judge(sysroot, line, &next, force);
	if (result == 0 && slots) {
		*slots = outcome_slots(&next);
		result = *slots ? 0 : -1;
	}
	next_boot_free(&next);
	free(wanted);
	return result;
}
