/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.c - vfio-claim migrate: replaces what other guides have set up by claims
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/terminal.h"
#include "../plan/boot_plan.h"
#include "../plan/remembered.h"
#include "check/leftovers.h"
#include "command.h"
#include "enable.h"
#include "json.h"
#include "migrate_claims.h"
#include "migrate_edit.h"
#include "persistent.h"

#define INDENT 4

/* One run of the command. */
struct migration {
	const char *sysroot;
	struct leftover_plan plan;
	struct claim_options wishes;
	struct set_report report;
	char *gone; /* words to be removed from the kernel command line */
};

/* --- what can be removed -----------------------------------------------------------------------
 */

static const struct finding *finding_of(const struct leftover_plan *plan,
					const struct leftover_removal *removal)
{
	return &plan->findings.list[removal->finding];
}

/* Returns true if the file is the administrator's: one of a package would come back. */
static bool is_ours_to_edit(const struct finding *finding)
{
	return finding->file && strncmp(finding->file, "/etc/", strlen("/etc/")) == 0;
}

/* Files whose words boot_config's set() and apply() do not remove from the kernel command line. */
static bool is_setting(const struct finding *finding)
{
	return finding->file && finding->line &&
	       (strncmp(finding->file, "/etc/default/grub", strlen("/etc/default/grub")) == 0 ||
		strncmp(finding->file, "/etc/cmdline.d/", strlen("/etc/cmdline.d/")) == 0);
}

/* Returns true if a word can be written for a boot loader or a shell to read. */
static bool is_plain(const char *word)
{
	char *unsafe = cmdline_unsafe_word(word);

	free(unsafe);
	return !unsafe;
}

/* Returns how migrate removes it. */
static enum leftover_removal_way way_of(const struct leftover_plan *plan,
					const struct leftover_removal *removal)
{
	const struct finding *finding = finding_of(plan, removal);

	switch (removal->way) {
	case REMOVAL_LINE:
	case REMOVAL_IDS:
	case REMOVAL_WORD:
	case REMOVAL_FILE:
		return is_ours_to_edit(finding) ? removal->way : REMOVAL_BY_HAND;
	case REMOVAL_CMDLINE:
		/* What only the running command line has is gone after the reboot. */
		if (!finding->file)
			return REMOVAL_NONE;
		return is_plain(removal->word) ? REMOVAL_CMDLINE : REMOVAL_BY_HAND;
	default:
		return removal->way;
	}
}

/*
 * Returns true if images may contain it, so that they must be built without it. dracut copies the
 * administrator's udev rules into an image for this machine (modules.d/udev-rules), the other
 * generators those with the names of rules that they need, and any hook may copy more.
 */
static bool is_in_images(const struct finding *finding)
{
	return strcmp(finding->topic, "driverctl") != 0 &&
	       strcmp(finding->topic, "command-line") != 0;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* For qsort(3): by file, and the last lines first, so that the numbers of the others stay true. */
static const struct leftover_plan *sorted_plan;

static int compare(const void *a, const void *b)
{
	const struct finding *one = finding_of(sorted_plan, a), *other = finding_of(sorted_plan, b);
	int order = strcmp(one->file, other->file);

	if (order)
		return order;
	return one->line < other->line ? 1 : one->line > other->line ? -1 : 0;
}

/* A modprobe.d or udev line can go on behind a backslash. */
static bool may_be_joined(const struct finding *finding)
{
	return strcmp(finding->topic, "modprobe.d") == 0 || strcmp(finding->topic, "udev") == 0;
}

/* Returns the text without the leftover, or NULL with errno. */
static char *edit(const struct finding *finding, const struct leftover_removal *removal,
		  const char *text)
{
	switch (removal->way) {
	case REMOVAL_LINE:
		return edit_without_line(text, finding->line, may_be_joined(finding));
	case REMOVAL_IDS:
		return edit_without_ids(text, finding->line);
	default:
		return edit_without_word(text, finding->line, removal->word);
	}
}

/* Adds the step that takes it out of its file. Returns 0, or -1 after printing an error. */
static int edit_file(struct changes *changes, const struct finding *finding,
		     const struct leftover_removal *removal)
{
	char *text = changes_text(changes, finding->file), *fresh;

	fresh = text ? edit(finding, removal, text) : NULL;
	if (fresh)
		changes_file(changes, finding->file, edit_is_blank(fresh) ? NULL : fresh);
	else
		message_error("cannot change %s, line %u: %s", finding->file, finding->line,
			      text && errno == ENOENT ? "it is written in a way that only you can "
							"change: remove it, then try again"
						      : config_error(errno));
	free(fresh);
	free(text);
	return fresh ? 0 : -1;
}

/* Returns true if a file is to be edited or removed for it. */
static bool has_step(const struct leftover_plan *plan, const struct leftover_removal *removal)
{
	switch (way_of(plan, removal)) {
	case REMOVAL_LINE:
	case REMOVAL_IDS:
	case REMOVAL_WORD:
	case REMOVAL_FILE:
		return true;
	case REMOVAL_CMDLINE:
		return is_setting(finding_of(plan, removal));
	default:
		return false;
	}
}

/* Returns those for which files are edited, sorted; the caller frees the list, not the words. */
static struct leftover_removal *sorted_steps(const struct leftover_plan *plan, size_t *count)
{
	struct leftover_removal *list = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < plan->removal_count; i++)
		if (has_step(plan, &plan->removal[i]) &&
		    array_add(&list, count, &plan->removal[i], sizeof(*list)) < 0) {
			message_errno(ENOMEM, "the old settings");
			free(list);
			return NULL;
		}
	sorted_plan = plan;
	if (list)
		qsort(list, *count, sizeof(*list), compare);
	return list;
}

/* For persistent_set(): adds the steps that remove the old settings from files. */
static int add_steps(struct changes *changes, void *to)
{
	const struct migration *migration = to;
	const struct finding *finding;
	struct leftover_removal *list;
	size_t count, i;
	int result = 0;

	list = sorted_steps(&migration->plan, &count);
	for (i = 0; i < count && result == 0; i++) {
		finding = finding_of(&migration->plan, &list[i]);
		if (list[i].way == REMOVAL_FILE)
			changes_file(changes, finding->file, NULL);
		else
			result = edit_file(changes, finding, &list[i]);
	}
	free(list);
	return list || !count ? result : -1;
}

/* Collects the leftovers of the system. Returns 0, or -1 after printing an error. */
static int collect(struct leftover_plan *plan, const char *sysroot)
{
	char *running = NULL, *kver = boot_plan_running_kernel(sysroot);
	int result = -1;

	*plan = (struct leftover_plan){ 0 };
	if (kver && boot_plan_read_cmdline(sysroot, &running) == 0)
		result = leftovers_collect(plan, sysroot, running, kver);
	free(running);
	free(kver);
	return result;
}

/* Returns true if it should have been removed. */
static bool is_removable(const struct leftover_plan *plan, const struct leftover_removal *removal)
{
	enum leftover_removal_way way = way_of(plan, removal);

	return way != REMOVAL_BY_HAND && way != REMOVAL_NONE;
}

/* A step: checks that no old setting is left that should have been removed. */
static int verify(const char *sysroot, const char *subject)
{
	struct leftover_plan plan;
	int result = collect(&plan, sysroot);
	size_t i;

	(void)subject;
	for (i = 0; i < plan.removal_count; i++) {
		if (!is_removable(&plan, &plan.removal[i]))
			continue;
		message_error("could not be removed: %s",
			      finding_of(&plan, &plan.removal[i])->what);
		result = -1;
	}
	leftover_plan_free(&plan);
	return result;
}

/* --- what is said ------------------------------------------------------------------------------
 */

/* Returns true if it stays, and the user should know. */
static bool is_told(const struct leftover_plan *plan, const struct leftover_removal *removal)
{
	return way_of(plan, removal) == REMOVAL_BY_HAND ||
	       (removal->way == REMOVAL_NONE && finding_of(plan, removal)->level != LEVEL_OK);
}

static void note(struct string_set *list, const struct finding *finding, bool fix)
{
	struct text line;

	text_set(&line, "%s%s%s", finding->what, fix && finding->fix ? "; do: " : "",
		 fix && finding->fix ? finding->fix : "");
	string_set_add(list, line.data);
}

static void note_all(struct migration *migration)
{
	const struct leftover_plan *plan = &migration->plan;
	const struct leftover_removal *removal;
	size_t i;

	for (i = 0; i < plan->removal_count; i++) {
		removal = &plan->removal[i];
		if (is_removable(plan, removal))
			note(&migration->report.removed, finding_of(plan, removal), false);
		else if (is_told(plan, removal))
			note(&migration->report.left, finding_of(plan, removal), true);
	}
}

static void print_list(const char *title, const struct string_set *list)
{
	struct text line;
	size_t i;

	if (list->count)
		puts(title);
	for (i = 0; i < list->count; i++) {
		text_set(&line, "  %s", list->name[i]);
		print_folded(INDENT, line.data);
	}
}

/*
 * What only the administrator can remove, and takes a device that this system needs, must go first.
 * Returns 0, or -1 after printing an error.
 */
static int check_rest(const struct leftover_plan *plan)
{
	const struct finding *finding;
	int result = 0;
	size_t i;

	for (i = 0; i < plan->removal_count; i++) {
		finding = finding_of(plan, &plan->removal[i]);
		if (way_of(plan, &plan->removal[i]) != REMOVAL_BY_HAND ||
		    finding->level != LEVEL_PROBLEM)
			continue;
		message_error("%s; remove it yourself first%s%s", finding->what,
			      finding->fix ? ": " : "", finding->fix ? finding->fix : "");
		result = -1;
	}
	if (result < 0)
		message_error("nothing was changed");
	return result;
}

/* --- the command -------------------------------------------------------------------------------
 */

/* Finds the words that are to go from the kernel command line. Returns 0 or -ENOMEM. */
static int find_gone(struct migration *migration)
{
	const struct leftover_plan *plan = &migration->plan;
	char *longer;
	size_t i;

	migration->gone = strdup("");
	for (i = 0; i < plan->removal_count && migration->gone; i++) {
		if (way_of(plan, &plan->removal[i]) != REMOVAL_CMDLINE)
			continue;
		if (asprintf(&longer, "%s%s%s", migration->gone, migration->gone[0] ? " " : "",
			     plan->removal[i].word) < 0)
			longer = NULL;
		free(migration->gone);
		migration->gone = longer;
	}
	return migration->gone ? 0 : -ENOMEM;
}

static bool any_in_images(const struct leftover_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->removal_count; i++)
		if (is_removable(plan, &plan->removal[i]) &&
		    is_in_images(finding_of(plan, &plan->removal[i])))
			return true;
	return false;
}

/* Returns an exit status. */
static int set(struct migration *migration)
{
	const struct persistent_extra extra = {
		.add = add_steps,
		.to = migration,
		.images = any_in_images(&migration->plan),
		.verify = verify,
		.verify_what = "check that none of the old settings is left",
	};

	if (!migration->wishes.claims && !remembered_any(migration->sysroot)) {
		message_error("the old settings match no device of this machine; name the devices "
			      "to claim: 'vfio-claim migrate SEL...'");
		message_error("nothing was changed");
		return EXIT_FAILED;
	}
	if (find_gone(migration) < 0) {
		message_errno(ENOMEM, "the old settings");
		return EXIT_FAILED;
	}
	return enable_add(&migration->report, &migration->wishes, migration->gone, &extra);
}

/* Returns an exit status. */
static int migrate_found(struct migration *migration, const char *selectors)
{
	struct set_report *report = &migration->report;

	note_all(migration);
	if (!report->removed.count && !selectors) {
		print_list("These old settings can only be removed by hand:", &report->left);
		puts(report->left.count ? "Nothing to change."
					: "Nothing to migrate: no settings of other guides are "
					  "left.");
		return EXIT_OK;
	}
	if (check_rest(&migration->plan) < 0 ||
	    migrate_claims(&migration->wishes.claims, &migration->plan, selectors, !report->json) <
		    0)
		return EXIT_FAILED;
	print_list("Settings to be removed:", &report->removed);
	print_list("Settings to be kept:", &report->left);
	return set(migration);
}

static int migrate(const char *sysroot, const char *selectors, bool dry_run, bool json, bool force)
{
	struct migration migration = { .sysroot = sysroot };
	struct set_report *report = &migration.report;
	int status = EXIT_FAILED;

	*report = (struct set_report){ .sysroot = sysroot, .dry_run = dry_run, .json = json };
	report->outcome.wants_reboot = json;
	migration.wishes.dry_run = dry_run;
	migration.wishes.force = force;
	if (json)
		json_begin();
	if (persistent_begin(sysroot, dry_run) == 0 && collect(&migration.plan, sysroot) == 0)
		status = migrate_found(&migration, selectors);
	status = set_report_print(report, migrate_command.name, status);
	set_report_free(report);
	leftover_plan_free(&migration.plan);
	claim_options_free(&migration.wishes);
	free(migration.gone);
	return status;
}

static struct {
	char *selectors; /* "SEL,SEL", from malloc(3), or NULL */
	bool dry_run, json, force;
} given;

static int run(const char *sysroot, const struct arguments *args)
{
	int status = migrate(sysroot, given.selectors, given.dry_run, given.json, given.force);

	(void)args;
	free(given.selectors);
	given.selectors = NULL;
	return status;
}

static const struct option_def options[] = {
	{ .name = "force",
	  .flag = &given.force,
	  .help = "claim the devices even if a guard refuses, for example what this system runs "
		  "from" },
	{ .name = "dry-run",
	  .flag = &given.dry_run,
	  .help = "show what would be changed, and change nothing" },
	{ .name = "json", .flag = &given.json, .help = SET_REPORT_HELP },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "the old settings are replaced, or there are none" },
	{ "1", "failure, or it is not clear which devices are meant; everything is as it was "
	       "before" },
	{ "2", "wrong usage; SEL is not a selector" },
	{ .term = NULL },
};

const struct command migrate_command = {
	.name = "migrate",
	.group = GROUP_NEXT_BOOT,
	.purpose = "replace the settings of another guide by claims",
	.synopsis = "[SEL...] [OPTIONS]",
	.help = "Replaces what other guides have set up for vfio-pci by claims from the next boot "
		"on: removes what 'vfio-claim check' finds of it in modprobe.d, lists of modules, "
		"settings of the initramfs, udev rules, driverctl and on the kernel command line, "
		"and sets the claims as 'vfio-claim enable --add' does. All of it is done, or "
		"nothing.\n"
		"A device that has a twin is claimed by its slot, any other by its ID. If an old "
		"ID names twins, or a script names devices, the user is asked about each; without "
		"a terminal, SEL must name those that are meant.\n"
		"Scripts, services, lines that load other modules, too, and files that come with "
		"packages are named, and stay; so do blacklisted drivers, which may have other "
		"reasons.",
	.options = options,
	.operand = { "SEL", selector_args_add, &given.selectors },
	.sysroot_help = CLAIM_SYSROOT_HELP,
	.statuses = statuses,
	.run = run,
};
