/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try.c - vfio-claim try: sets claims for the next boot only
 */
#include <stdio.h>
#include <stdlib.h>

#include "../bootloader/try_entry.h"
#include "../host/changes.h"
#include "../host/messages.h"
#include "../image/rebuild_images.h"
#include "../plan/boot_plan.h"
#include "../plan/next_line.h"
#include "../plan/preflight.h"
#include "claim_options.h"
#include "command.h"
#include "persistent.h"

static const char what_now[] =
	"Reboot now. If that hangs, switch the machine off and on: it starts as\n"
	"before. If it comes up, see 'vfio-claim status'; 'vfio-claim enable --tried'\n"
	"makes the claims permanent.\n";

/* Checks early that the entry can be added. Returns 0, or -1 after printing an error. */
static int check_entry(const char *sysroot, const char *words)
{
	struct changes changes = { .sysroot = sysroot };
	int result = try_entry_add(&changes, words);

	changes_free(&changes);
	return result;
}

/* Returns 0, or -1 after printing an error. */
static int add_steps(struct changes *changes, const char *words)
{
	const struct image_causes causes = { .stale = true };

	if (check_entry(changes->sysroot, words) < 0 || rebuild_images(changes, &causes) < 0)
		return -1;
	return try_entry_add(changes, words);
}

/* Returns an exit status. */
static int set(const char *sysroot, const char *words, const char *doubt, bool dry_run)
{
	struct changes changes = { .sysroot = sysroot };
	int result = add_steps(&changes, words);

	if (result == 0)
		result =
			preflight_check(&(struct preflight){ .words = words, .changes = &changes });
	if (result == 0 && !changes_any(&changes))
		puts("Nothing to change.");
	if (result == 0)
		result = dry_run ? changes_show(&changes) : changes_make(&changes);
	if (result == 0 && !dry_run && doubt)
		puts(doubt);
	if (result == 0 && !dry_run)
		fputs(what_now, stdout);
	changes_free(&changes);
	return result == 0 ? EXIT_OK : EXIT_FAILED;
}

static int try(const char *sysroot, struct claim_options *options)
{
	struct next_line line = { 0 };
	char *running = NULL, *words = NULL;
	const char *doubt = NULL;
	int status = EXIT_FAILED;

	if (persistent_begin(sysroot, options->dry_run) < 0 ||
	    boot_plan_read_cmdline(sysroot, &running) < 0)
		return EXIT_FAILED;
	/* The entry is a copy of the default entry. */
	if (next_line_find_lasting(&line, sysroot) == 0 &&
	    claim_options_settle(options, sysroot, false) == 0)
		words = claim_options_words(options, sysroot, NULL, &line);
	if (words && wishes_check(sysroot, &line, words, NULL, options->force, NULL, &doubt) == 0)
		status = set(sysroot, words, doubt, options->dry_run);
	next_line_free(&line);
	free(words);
	free(running);
	return status;
}

static struct claim_options options;

static int run(const char *sysroot, const struct arguments *args)
{
	int status = claim_options_any(&options) ? try(sysroot, &options)
						 : usage_error(args, "no device was named");

	claim_options_free(&options);
	return status;
}

static const struct option_def try_options[] = {
	CLAIM_OPTIONS(options),
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "the next boot will claim them" },
	{ "1", "failure, or a claim would be refused; everything is as it was before" },
	{ "2", "wrong usage; SEL is not a selector" },
	{ .term = NULL },
};

const struct command try_command = {
	.name = "try",
	.group = GROUP_NEXT_BOOT,
	.purpose = "claim devices in the next boot only",
	.synopsis = "SEL... [OPTIONS]\n--vfs SLOT:N [SEL...] [OPTIONS]",
	.help = "Claims these devices, and no others, in the next boot only. Later boots are not "
		"affected: if that boot hangs, switch the machine off and on.\n"
		"The boot menu gets a copy of its default entry with the claims, which is "
		"selected for one boot. Initramfs images that lack something are rebuilt. After a "
		"good boot, 'vfio-claim enable --tried' makes the claims permanent; 'vfio-claim "
		"disable' removes the entry.",
	.options = try_options,
	.operand = { "SEL", selector_args_add, &options.claims },
	.sysroot_help = CLAIM_SYSROOT_HELP,
	.statuses = statuses,
	.run = run,
};
