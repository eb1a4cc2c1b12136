/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status.c - vfio-claim status: shows what this boot was asked to claim, and what has it now
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/fallback/fallback.h"
#include "../core/text.h"
#include "../core/words.h"
#include "../host/messages.h"
#include "../host/terminal.h"
#include "../plan/boot_plan.h"
#include "../plan/claim_state.h"
#include "../plan/iommu_judge.h"
#include "../plan/option_state.h"
#include "../plan/owner.h"
#include "../plan/remembered.h"
#include "../plan/whereabouts.h"
#include "boot_report.h"
#include "command.h"
#include "plan_json.h"
#include "print_entries.h"
#include "status_vfs.h"

#define INDENT 4

struct status_options {
	bool json, quiet, reached;
};

struct status {
	const char *sysroot;
	struct boot_plan boot_plan;
	struct vfs_requests vfs; /* none with rd.vfio=0 */
	struct boot_report report;
	struct claimed_count count;
	struct iommu_judgement iommu; /* of this boot */
	struct remembered remembered;
	struct loss loss; /* what is lost of the settings of 'vfio-claim enable' */
	char *running;    /* the running command line */
	struct ownership ownership;
	struct fallback fallback;
};

static bool is_good(const struct status *status, const struct decision *decision)
{
	return decision_is_claimed(decision, &status->boot_plan.requests, status->sysroot);
}

static bool is_in_the_way(const struct status *status, const struct decision *decision)
{
	return decision_is_in_the_way(decision, &status->boot_plan.requests, status->sysroot);
}

/* Returns true if a device is claimed but cannot be passed through. */
static bool is_blocked(const struct status *status, const struct decision *decision)
{
	return decision_is_asked(decision) && is_good(status, decision) &&
	       decision_is_blocked(&status->boot_plan, decision, status->sysroot);
}

static bool any_blocked(const struct status *status)
{
	const struct plan *plan = &status->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (is_blocked(status, &plan->decisions[i]))
			return true;
	return false;
}

static bool is_lost(const struct status *status)
{
	return status->loss.menu || status->loss.boot;
}

static bool all_good(const struct status *status)
{
	return boot_plan_is_claimed(&status->boot_plan, status->sysroot) && !is_lost(status) &&
	       !option_states_differ(&status->remembered, status->running, status->sysroot) &&
	       !status->ownership.is_missed && !status->fallback.fell &&
	       !status->fallback.trouble &&
	       !vfs_states_any_trouble(&status->vfs, status->sysroot,
				       &status->boot_plan.requests) &&
	       (status->boot_plan.requests.off || !any_blocked(status));
}

/* --- as text -----------------------------------------------------------------------------------
 */

static void add_selectors(struct text *line, const struct selectors *selectors)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		text_add(line, "  %s=%s", selectors->item[i].param, selectors->item[i].text);
}

static void print_requests(const struct requests *requests, const struct vfs_requests *vfs)
{
	struct text line;
	size_t i;

	text_set(&line, "Requested:");
	add_selectors(&line, &requests->claims);
	add_selectors(&line, &requests->keeps);
	add_selectors(&line, &requests->force);
	if (requests->group)
		text_add(&line, "  group=1");
	if (requests->strict)
		text_add(&line, "  strict=1");
	for (i = 0; i < vfs->count; i++)
		text_add(&line, "  %s=%s", vfs->list[i].param, vfs->list[i].text);
	print_folded(INDENT, line.data);
}

static void print_stage(enum boot_stage stage)
{
	static const char *const words[] = {
		[BOOT_SILENT] = "This boot left no report: its image does not contain vfio-claim "
				"or these settings. Rebuild the initramfs and boot again.",
		[BOOT_CUT_SHORT] = "The boot's report (/run/vfio-claim/boot) is cut short.",
		[BOOT_RESERVED] = "The boot did not finish: devices were reserved, but not all of "
				  "them bound.",
		[BOOT_BOUND] = NULL,
	};

	if (words[stage])
		print_folded(INDENT, words[stage]);
}

static void print_reason(const struct status *status, const struct decision *decision)
{
	struct text line;

	if (decision->verdict == VERDICT_CLAIM)
		return;
	text_set(&line, "    now: ");
	iommu_words_of_verdict(&line, decision, &status->iommu);
	print_folded(2 * INDENT, line.data);
}

static void add_driver(struct text *line, const char *driver)
{
	if (driver[0])
		text_add(line, "on %s", driver);
	else
		text_add(line, "without a driver");
}

static void print_asked(const struct status *status, const struct decision *decision)
{
	bool good = is_good(status, decision);
	struct text line;

	text_set(&line, "%s  %s", decision->device->slot, good ? "" : "NOT CLAIMED, ");
	add_driver(&line, decision->device->driver);
	words_of_request(&line, decision);
	print_folded(INDENT, line.data);
	/* The boot program did not know why there was no IOMMU. */
	if ((!boot_report_print(&status->report, decision->device->slot) && !good) ||
	    decision->verdict == VERDICT_NO_IOMMU)
		print_reason(status, decision);
}

static void print_left(const struct status *status, const struct decision *decision)
{
	struct text line;

	text_set(&line, "%s  ", decision->device->slot);
	add_driver(&line, decision->device->driver);
	text_add(&line, ": ");
	iommu_words_of_verdict(&line, decision, &status->iommu);
	if (is_in_the_way(status, decision))
		words_of_stay(&line, decision);
	print_folded(INDENT, line.data);
}

/* Prints the claimed devices that cannot be passed through all the same. */
static void print_blocked(const struct status *status)
{
	const struct plan *plan = &status->boot_plan.plan;
	struct text line;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!is_blocked(status, &plan->decisions[i]))
			continue;
		text_set(&line,
			 "%s is claimed, but it cannot be passed through: another device in its "
			 "IOMMU group %s has a driver of the host.",
			 plan->decisions[i].device->slot, plan->decisions[i].device->group);
		print_folded(INDENT, line.data);
	}
}

static void print_devices(const struct status *status)
{
	const struct plan *plan = &status->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (decision_is_asked(&plan->decisions[i]))
			print_asked(status, &plan->decisions[i]);
	for (i = 0; i < plan->count; i++)
		if (!decision_is_asked(&plan->decisions[i]) &&
		    (is_in_the_way(status, &plan->decisions[i]) ||
		     plan->decisions[i].verdict == VERDICT_KEEP))
			print_left(status, &plan->decisions[i]);
}

static void print_problems(const struct boot_plan *boot_plan)
{
	struct text line;
	size_t i;

	for (i = 0; i < boot_plan->plan.unmatched_count; i++) {
		text_set(&line, "%s=%s: no such device now", boot_plan->plan.unmatched[i]->param,
			 boot_plan->plan.unmatched[i]->text);
		print_folded(INDENT, line.data);
	}
	for (i = 0; i < boot_plan->requests.complaint_count; i++) {
		words_of_complaint(&line, &boot_plan->requests.complaints[i]);
		print_folded(INDENT, line.data);
	}
}

static void print_whereabouts(void *to, const struct selector *claim, const char *where)
{
	struct text line;

	(void)to;
	text_set(&line, "%s=%s: %s", claim->param, claim->text, where);
	print_folded(INDENT, line.data);
}

static void print_count(const struct status *status)
{
	if (!status->count.asked)
		puts("None of the requested devices is here.");
	else if (status->count.asked == 1)
		printf("The requested device is %sclaimed.\n", status->count.good ? "" : "not ");
	else if (status->count.good == status->count.asked)
		printf("All %zu requested devices are claimed.\n", status->count.asked);
	else
		printf("%zu of the %zu requested devices are claimed.\n", status->count.good,
		       status->count.asked);
}

static void print_sentence(const char *before, const char *sentence, const char *after)
{
	struct text line;

	if (!sentence)
		return;
	text_set(&line, "%s: %s%s.", before, sentence, after);
	print_folded(INDENT, line.data);
}

/* If only this boot lacks it, another entry was selected, and it is not lost. */
static void print_loss(const struct loss *loss)
{
	if (loss->menu)
		print_sentence("LOST", loss->boot, "");
	else
		print_sentence("Not in effect", loss->boot, "; the next one will be");
	print_sentence("LOST", loss->menu, "");
}

/* Says if settings of 'vfio-claim enable' are lost or not yet in effect. */
static void print_remembered(const struct status *status, bool quiet)
{
	const struct remembered *remembered = &status->remembered;
	struct text line;

	print_loss(&status->loss);
	if (quiet || is_lost(status) || !remembered->words)
		return;
	if (status->boot_plan.requests.off)
		text_set(&line, "Not in effect, because this boot was started with rd.vfio=0: %s",
			 remembered->words);
	else if (remembered->this_boot && !boot_plan_asks(&status->boot_plan))
		text_set(&line, "Set for the next boot, by 'vfio-claim enable': %s",
			 remembered->words);
	else
		return;
	print_folded(INDENT, line.data);
}

/* Says what the boot loader does if boots fail (enable --fallback), and if it has done so. */
static void print_fallback(const struct fallback *fallback, const char *sysroot, bool quiet)
{
	struct text line;

	if (fallback->fell && fallback->tries)
		text_set(&line,
			 "FELL BACK: %u boots in a row %s, and the boot menu's entry without "
			 "claims was started by itself. This is repeated until 'vfio-claim "
			 "enable' sets the claims again, or 'vfio-claim disable' removes them.",
			 fallback->tries, fallback->failed);
	else if (fallback->trouble)
		text_set(&line, "%s: %s; to end this: %s", fallback->tries ? "LOST" : "LEFT OVER",
			 fallback->trouble, fallback_cure(fallback, sysroot));
	else if (fallback->tries && !quiet)
		text_set(&line,
			 "If %u boots in a row do not get as far as this, the boot menu's entry "
			 "without claims is started (%u left).",
			 fallback->tries, fallback->left);
	else
		return;
	print_folded(INDENT, line.data);
}

static void print_asked_for(const struct status *status, bool quiet)
{
	const struct requests *requests = &status->boot_plan.requests;

	if (!boot_plan_asks(&status->boot_plan)) {
		if (!quiet)
			puts(requests->off ? "rd.vfio=0: nothing is claimed in this boot."
					   : "No devices requested for this boot.");
		return;
	}
	print_requests(requests, &status->vfs);
	if (requests->off) {
		puts("rd.vfio=0: nothing is claimed in this boot.");
		return;
	}
	print_stage(status->report.stage);
	print_devices(status);
	status_vfs_print(&status->vfs, status->sysroot, requests, &status->report);
	print_problems(&status->boot_plan);
	print_blocked(status);
	whereabouts_tell(status->sysroot, &requests->claims, print_whereabouts, NULL);
	if (requests->claims.count || !status->vfs.count)
		print_count(status);
}

static void print_option(void *to, const struct option_state *state)
{
	const bool *quiet = to;
	struct text line;

	if (*quiet && !state->differs)
		return;
	text_set(&line, "Module option %s: ", state->word);
	if (!state->loaded)
		text_add(&line, "the module is not loaded");
	else if (!state->now)
		text_add(&line, "the module does not show what it has");
	else
		text_add(&line, "%s (%s)", state->differs ? "NOT IN EFFECT" : "in effect",
			 state->now);
	print_folded(INDENT, line.data);
}

static void print_nodes(const struct ownership *ownership, bool owned)
{
	struct text line;
	bool any = false;
	size_t i;

	text_set(&line, owned ? "Nodes of %s:" : "Nodes NOT owned by %s:", ownership->text);
	for (i = 0; i < ownership->nodes.count; i++) {
		if (ownership->nodes.list[i].owned != owned)
			continue;
		text_add(&line, " %s", ownership->nodes.list[i].path);
		any = true;
	}
	if (!owned && ownership->is_due)
		text_add(&line, " (from the next boot on)");
	if (any)
		print_folded(INDENT, line.data);
}

/* Prints whose the nodes of claimed devices are, if they should be somebody's. */
static void print_ownership(const struct ownership *ownership, bool quiet)
{
	if (!ownership->text)
		return;
	if (ownership->unknown)
		printf("Owner %s: no such user or group.\n", ownership->text);
	if (!quiet)
		print_nodes(ownership, true);
	if (!quiet || ownership->is_missed)
		print_nodes(ownership, false);
}

static void print_status(const struct status *status, bool quiet)
{
	print_asked_for(status, quiet);
	option_states_tell(&status->remembered, status->running, status->sysroot, print_option,
			   &quiet);
	print_ownership(&status->ownership, quiet);
	print_remembered(status, quiet);
	print_fallback(&status->fallback, status->sysroot, quiet);
	if (quiet)
		return;
	print_entry_of_boot(status->sysroot);
	print_entries(status->sysroot);
}

/* --- as JSON -----------------------------------------------------------------------------------
 */

static struct json_object *list_reported(const struct boot_report *report, const char *slot)
{
	struct json_object *list = json_object_new_array();
	const char *what;
	size_t i;

	for (i = 0; i < report->lines.count; i++) {
		what = boot_report_of(report, i, slot);
		if (what)
			json_append(list, json_text(what));
	}
	return list;
}

static struct json_object *describe(const struct status *status, const struct decision *decision)
{
	struct json_object *device = json_decision(decision);
	const char *driver = decision->device->driver;
	bool asked = decision_is_asked(decision);

	json_object_object_add(device, "asked", json_object_new_boolean(asked));
	json_object_object_add(device, "claimed",
			       json_object_new_boolean(asked && is_good(status, decision)));
	json_object_object_add(device, "driver", json_text(driver[0] ? driver : NULL));
	json_object_object_add(device, "reported",
			       list_reported(&status->report, decision->device->slot));
	return device;
}

static struct json_object *list_devices(const struct status *status)
{
	const struct plan *plan = &status->boot_plan.plan;
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].because && plan->decisions[i].verdict != VERDICT_PASSED)
			json_append(list, describe(status, &plan->decisions[i]));
	return list;
}

static struct json_object *list_lost(const struct loss *loss)
{
	struct json_object *list = json_object_new_array();

	if (loss->boot)
		json_append(list, json_text(loss->boot));
	if (loss->menu)
		json_append(list, json_text(loss->menu));
	return list;
}

static void append_option(void *to, const struct option_state *state)
{
	struct json_object *option = json_object_new_object();

	json_object_object_add(option, "option", json_text(state->word));
	json_object_object_add(option, "loaded", json_object_new_boolean(state->loaded));
	json_object_object_add(option, "now", json_text(state->now));
	json_object_object_add(option, "in_effect",
			       state->now ? json_object_new_boolean(!state->differs) : NULL);
	json_append(to, option);
}

static struct json_object *list_options(const struct status *status)
{
	struct json_object *list = json_object_new_array();

	option_states_tell(&status->remembered, status->running, status->sysroot, append_option,
			   list);
	return list;
}

static struct json_object *list_nodes(const struct ownership *ownership)
{
	struct json_object *list = json_object_new_array(), *node;
	size_t i;

	for (i = 0; i < ownership->nodes.count; i++) {
		node = json_object_new_object();
		json_object_object_add(node, "node", json_text(ownership->nodes.list[i].path));
		json_object_object_add(node, "owned",
				       json_object_new_boolean(ownership->nodes.list[i].owned));
		json_append(list, node);
	}
	return list;
}

static struct json_object *describe_fallback(const struct fallback *fallback)
{
	struct json_object *object;

	if (!fallback->tries && !fallback->trouble)
		return NULL;
	object = json_object_new_object();
	json_object_object_add(object, "tries", json_object_new_int((int)fallback->tries));
	json_object_object_add(object, "left",
			       fallback->counted ? json_object_new_int((int)fallback->left) : NULL);
	json_object_object_add(object, "fell", json_object_new_boolean(fallback->fell));
	json_object_object_add(object, "trouble", json_text(fallback->trouble));
	return object;
}

static int print_json(const struct status *status)
{
	static const char *const stages[] = {
		[BOOT_SILENT] = "none",
		[BOOT_CUT_SHORT] = "cut-short",
		[BOOT_RESERVED] = "reserved",
		[BOOT_BOUND] = "bound",
	};
	struct json_object *all = json_object_new_object();

	json_add_requests(all, &status->boot_plan);
	json_object_object_add(all, "ok", json_object_new_boolean(all_good(status)));
	json_object_object_add(all, "stage", json_text(stages[status->report.stage]));
	json_object_object_add(all, "devices", list_devices(status));
	json_object_object_add(
		all, "virtual_functions",
		status_vfs_json(&status->vfs, status->sysroot, &status->boot_plan.requests));
	json_object_object_add(all, "report", json_strings(&status->report.lines));
	json_object_object_add(all, "set", json_text(status->remembered.words));
	json_object_object_add(all, "lost", list_lost(&status->loss));
	json_object_object_add(all, "module_options", list_options(status));
	json_object_object_add(all, "owner", json_text(status->ownership.text));
	json_object_object_add(all, "nodes", list_nodes(&status->ownership));
	json_object_object_add(all, "entries", json_entries(status->sysroot));
	json_object_object_add(all, "fallback", describe_fallback(&status->fallback));
	return json_print(all);
}

/* --- the command -------------------------------------------------------------------------------
 */

/* The running system's file may have settings that the image did not have. */
static void warn_of_conf(const struct status *status)
{
	struct boot_plan file = { 0 };
	char nothing[] = "";

	if (status->report.stage != BOOT_SILENT ||
	    boot_plan_read_text(status->sysroot, "/etc/vfio-claim.conf", &file.texts.conf) < 0 ||
	    !file.texts.conf)
		return;
	file.texts.cmdline = nothing;
	if (requests_read(&file.requests, &file.texts) == 0 && file.requests.claims.count)
		message_warning("/etc/vfio-claim.conf asks for devices, but the image of this "
				"boot did not know it; rebuild the initramfs and boot again");
	file.texts.cmdline = NULL;
	boot_plan_free(&file);
}

static int find_out(struct status *status)
{
	struct boot_plan *boot_plan = &status->boot_plan;

	if (boot_plan_read_boot(boot_plan, status->sysroot) < 0 ||
	    boot_plan_read_cmdline(status->sysroot, &status->running) < 0 ||
	    vfs_requests_read(&status->vfs, status->sysroot, boot_plan->texts.cmdline,
			      boot_plan->texts.conf) < 0 ||
	    boot_report_read(&status->report, status->sysroot) < 0 ||
	    boot_plan_look(boot_plan, status->sysroot) < 0 || boot_plan_decide(boot_plan) < 0 ||
	    remembered_read(&status->remembered, status->sysroot) < 0 ||
	    ownership_read(&status->ownership, status->sysroot, status->remembered.this_boot) < 0)
		return -1;
	if (boot_plan->requests.off)
		vfs_requests_free(&status->vfs);
	iommu_judge_running(&status->iommu, status->sysroot);
	if (remembered_compare(&status->remembered, status->sysroot, &status->loss) < 0) {
		message_errno(ENOMEM, "what 'vfio-claim enable' set");
		return -1;
	}
	status->count = boot_plan_count(&status->boot_plan, status->sysroot);
	return 0;
}

static int show(const char *sysroot, const struct status_options *options)
{
	struct status status = { .sysroot = sysroot };
	int result = EXIT_FAILED;
	bool noted;

	/* First, whatever cannot be read after that: the boot has got here. */
	noted = !options->reached || fallback_reached(sysroot, remembered_has_boot(sysroot)) == 0;
	if (find_out(&status) == 0) {
		warn_of_conf(&status);
		status.fallback = fallback_read(sysroot);
		result = noted && all_good(&status) ? EXIT_OK : EXIT_FAILED;
		if (!options->json)
			print_status(&status, options->quiet);
		else if (print_json(&status) != EXIT_OK)
			result = EXIT_FAILED;
	}
	ownership_free(&status.ownership);
	free(status.running);
	loss_free(&status.loss);
	remembered_free(&status.remembered);
	boot_report_free(&status.report);
	vfs_requests_free(&status.vfs);
	boot_plan_free(&status.boot_plan);
	return result;
}

static struct status_options given;

static int run(const char *sysroot, const struct arguments *args)
{
	(void)args;
	return show(sysroot, &given);
}

static const struct option_def options[] = {
	{ .name = "json", .flag = &given.json, .help = "print one JSON document" },
	{ .name = "quiet",
	  .flag = &given.quiet,
	  .help = "print nothing if nothing was requested and nothing is lost" },
	{ .name = "reached",
	  .flag = &given.reached,
	  .help = "for vfio-claim-status.service: tell the boot loader that this boot has got this "
		  "far, for 'vfio-claim enable --fallback'" },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "every requested device is on vfio-pci or its variant and can be passed through; or "
	       "nothing was requested, or rd.vfio=0 forbids claims" },
	{ "1",
	  "a requested device is not there, is not on vfio-pci, or cannot be passed through; a "
	  "request is malformed; what 'vfio-claim enable' set is lost or not in effect; the boot "
	  "menu fell back to the entry without claims, or does not count boots as was set; or one "
	  "of "
	  "these cannot be determined" },
	STATUS_USAGE,
};

const struct command status_command = {
	.name = "status",
	.group = GROUP_LOOK,
	.purpose = "show what this boot was asked to claim, and what it claimed",
	.synopsis = "[--json] [--quiet] [--reached] [--sysroot DIR]",
	.help = "Shows which PCI devices this boot was asked to claim, on the kernel command line "
		"or in the vfio-claim.conf of its image; what it reported about each; which "
		"driver each has now; and whether a kernel update, or a tool that rewrites the "
		"boot menu, has dropped what 'vfio-claim enable' set.",
	.options = options,
	.sysroot_help = "read everything below DIR",
	.statuses = statuses,
	.run = run,
};
