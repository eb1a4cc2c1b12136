/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disable.c - vfio-claim disable: no claims from the next boot on
 */
#include "claim_options.h"
#include "command.h"
#include "json.h"
#include "persistent.h"
#include "print_entries.h"
#include "set_entry.h"

static bool dry_run, json;
static const char *entry;

static int refuse_device(const struct arguments *args, void *to)
{
	(void)to;
	return usage_error(args, "it takes no device: to keep some claims, run 'vfio-claim enable' "
				 "with just those");
}

static int run(const char *sysroot, const struct arguments *args)
{
	struct set_report report = { .sysroot = sysroot, .dry_run = dry_run, .json = json };
	int status = EXIT_FAILED;

	if (json)
		json_begin();
	report.outcome.wants_reboot = json;
	if (persistent_begin(sysroot, dry_run) == 0)
		status = entry ? clear_entry(&report, entry) : persistent_clear(&report);
	if (status == EXIT_OK && !entry && !dry_run)
		print_entries_left(sysroot);
	status = set_report_print(&report, args->command, status);
	set_report_free(&report);
	return status;
}

static const struct option_def options[] = {
	{ .name = "entry",
	  .value = "NAME",
	  .take = take_entry_name,
	  .to = &entry,
	  .help = "remove only this entry of 'vfio-claim enable --entry' from the boot menu" },
	{ .name = "dry-run",
	  .flag = &dry_run,
	  .help = "show what would be changed, and change nothing" },
	{ .name = "json", .flag = &json, .help = SET_REPORT_HELP },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "no claim is set any more" },
	{ "1", "failure, or there is no such entry; everything is as it was before" },
	STATUS_USAGE,
};

const struct command disable_command = {
	.name = "disable",
	.group = GROUP_NEXT_BOOT,
	.purpose = "claim nothing from the next boot on",
	.synopsis = "[--entry NAME] [--dry-run] [--json] [--sysroot DIR]",
	.help = "Removes what 'vfio-claim enable' and 'vfio-claim try' have set on the kernel "
		"command line and in /etc/vfio-claim.conf, so that the next boot claims nothing. "
		"Parameters that turn the IOMMU on stay if others may need them. Devices that are "
		"claimed now stay claimed until the next boot; 'vfio-claim release' gives them "
		"back at once. Entries of 'vfio-claim enable --entry', which are not started by "
		"themselves, stay.",
	.options = options,
	.operand = { .take = refuse_device },
	.sysroot_help = CLAIM_SYSROOT_HELP,
	.statuses = statuses,
	.run = run,
};
