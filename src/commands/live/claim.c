/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim.c - vfio-claim claim: binds devices to vfio-pci on the running system
 */
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../core/drivers.h"
#include "../../core/text.h"
#include "../../core/words.h"
#include "../../host/messages.h"
#include "../../host/signals.h"
#include "../../live/bind.h"
#include "../../live/desktop.h"
#include "../../live/display_unit.h"
#include "../../live/targets.h"
#include "../../live/unbind.h"
#include "../../machine/in_use.h"
#include "../../machine/override.h"
#include "../../machine/processes.h"
#include "../../plan/claim_state.h"
#include "../../plan/iommu_judge.h"
#include "../../plan/losses.h"
#include "../../plan/selector_args.h"
#include "../../plan/vfs_requests.h"
#include "../command.h"
#include "live_vfs.h"

/* The most users of one device to name. */
#define USERS_NAMED 10

/* How many timeouts the users of a desktop's devices have to end: 30 seconds normally. */
#define USERS_TIMEOUTS 3

/* How often the users are looked for while a desktop ends, in milliseconds. */
#define SLICE 250

/* --- reasons to refuse -------------------------------------------------------------------------
 */

/* The reasons to refuse, each of which has been printed. */
struct against {
	unsigned int count;
	bool yields; /* --force overrides one of them */
};

static void add(struct against *against, bool yields)
{
	against->count++;
	against->yields |= yields;
}

/* Returns true if no selector names it and it is only there because of its group. */
static bool is_brought(const struct targets *targets, const struct device *device)
{
	return !device_first(&targets->boot_plan.requests.claims, device, device_is_meant);
}

/* Returns true if a kept function is skipped: the selector may name several. */
static bool may_be_kept(const struct decision *decision)
{
	const struct selector *because = decision->because;

	return because->kind == SELECTOR_ID || because->wildcard;
}

static bool yields(enum verdict verdict)
{
	return verdict == VERDICT_KEEP || verdict == VERDICT_PROTECTED ||
	       verdict == VERDICT_HAS_VFS || verdict == VERDICT_DIRECT;
}

static void refuse(const struct targets *targets, const struct decision *decision,
		   struct against *against)
{
	bool brought = is_brought(targets, decision->device);
	struct iommu_judgement iommu;
	struct text line;

	iommu_judge_running(&iommu, targets->sysroot);
	text_set(&line, "%s: ", decision->device->slot);
	iommu_words_of_verdict(&line, decision, &iommu);
	if (decision->verdict == VERDICT_KEEP && (brought || may_be_kept(decision))) {
		printf("%s\n", line.data);
		return;
	}
	message_error("%s%s", line.data, brought ? " (it shares their IOMMU group)" : "");
	add(against, yields(decision->verdict));
}

static void check_override(const struct targets *targets, const struct decision *decision,
			   struct against *against)
{
	const char *slot = decision->device->slot;
	char *override = override_read(targets->sysroot, slot);

	if (!override) {
		message_error("%s: its driver_override cannot be read", slot);
		add(against, false);
		return;
	}
	if (override[0] && !is_vfio_driver(override) && !targets->force) {
		message_error("%s: its driver_override is '%s': driverctl or a udev rule wants "
			      "another driver for it",
			      slot, override);
		add(against, true);
	}
	free(override);
}

/* Warns of what --force overrides. */
static void warn(const struct targets *targets, const struct decision *decision)
{
	const char *slot = decision->device->slot;

	if (targets->force && decision->against)
		message_warning("%s: this system needs it for %s; it is taken by force", slot,
				decision->against->param);
}

/* Which users count: in_use_by_host() or in_use_by_system(). */
typedef void find_users(const struct in_use *in_use, const struct device *device,
			struct string_set *users);

/* Returns the number of users of a device, after printing them. */
static size_t check_users(const struct targets *targets, const struct in_use *in_use,
			  const struct decision *decision, find_users *find)
{
	const char *slot = decision->device->slot;
	struct string_set users = { 0 };
	size_t i, count;
	char *more;

	find(in_use, decision->device, &users);
	for (i = 0; i < users.count && i < USERS_NAMED; i++)
		targets_say_user(targets, slot, users.name[i], "taken");
	if (users.count > USERS_NAMED &&
	    asprintf(&more, "and %zu more users", users.count - USERS_NAMED) >= 0) {
		targets_say_user(targets, slot, more, "taken");
		free(more);
	}
	count = users.count;
	string_set_free(&users);
	return count;
}

/* Returns true if a driver of the host must give up the device. */
static bool is_taken(const struct decision *decision)
{
	return decision->verdict == VERDICT_CLAIM && !is_vfio_driver(decision->device->driver);
}

/* Returns true if it is left alone only because this system needs another member of the group. */
static bool force_would_take(const struct targets *targets, const struct decision *decision)
{
	const struct decision *spoiler = decision->spoiler;

	return targets->group && spoiler && spoiler->verdict == VERDICT_PROTECTED;
}

static void check_device(const struct targets *targets, const struct in_use *in_use,
			 const struct decision *decision, struct against *against)
{
	find_users *find;

	switch (decision->verdict) {
	case VERDICT_PASSED:
		return;
	case VERDICT_NEIGHBOUR:
		if (!force_would_take(targets, decision))
			return;
		break;
	case VERDICT_CLAIM:
		break;
	default:
		if (decision->because)
			refuse(targets, decision, against);
		return;
	}
	if (is_vfio_driver(decision->device->driver))
		return;
	/* The processes go with the desktop. */
	find = targets->desktop ? in_use_by_system : in_use_by_host;
	check_override(targets, decision, against);
	warn(targets, decision);
	if (check_users(targets, in_use, decision, find) && !targets->force)
		add(against, true);
}

static bool any_taken(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (is_taken(&plan->decisions[i]))
			return true;
	return false;
}

static struct against check_all(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct against against = { .count = targets_unmatched(targets) };
	struct in_use in_use;
	size_t i;

	in_use_begin(&in_use, targets->sysroot, targets->sys);
	for (i = 0; i < plan->count; i++)
		check_device(targets, &in_use, &plan->decisions[i], &against);
	in_use_end(&in_use);
	if (targets->desktop && any_taken(targets))
		against.count += desktop_refusals(targets);
	return against;
}

/* Runs in a child. */
static int look_again(void *what, int say)
{
	struct targets targets = *(struct targets *)what;

	(void)say;
	targets_quiet();
	targets_decide_release(&targets);
	boot_plan_free(&targets.boot_plan);
	return 0;
}

/* Runs in a child. */
static int look(void *what, int say)
{
	struct targets targets = *(struct targets *)what;

	(void)say;
	targets_quiet();
	targets.boot_plan = (struct boot_plan){ 0 };
	if (targets_decide_claim(&targets) == 0)
		check_all(&targets);
	boot_plan_free(&targets.boot_plan);
	return 0;
}

/* --- the command -------------------------------------------------------------------------------
 */

/* Warns of a member that stays. Does not advise to claim what the host needs. */
static void warn_of_neighbour(const struct targets *targets, const struct decision *decision)
{
	const struct device *device = decision->device;
	const char *advice = ": claim that one, too, or all with --group";
	struct text line;

	text_set(&line, "%s", "");
	if (decision->verdict == VERDICT_NEIGHBOUR && !decision->spoiler) {
		text_add(&line, "%s", advice);
		losses_add(&line, targets->sysroot, &targets->boot_plan.plan, device);
	} else if (decision->verdict == VERDICT_NEIGHBOUR && decision->against) {
		text_add(&line, ": this system needs it for %s", decision->against->param);
	} else if (decision->verdict != VERDICT_NEIGHBOUR) {
		text_add(&line, ": ");
		words_of_verdict(&line, decision);
	}
	message_warning("%s (%s) shares IOMMU group %s and keeps it from being passed through%s",
			device->slot, device->driver, device->group, line.data);
}

static void warn_of_neighbours(const struct targets *targets)
{
	const struct boot_plan *boot_plan = &targets->boot_plan;
	size_t i;

	for (i = 0; i < boot_plan->plan.count; i++) {
		const struct decision *decision = &boot_plan->plan.decisions[i];

		if (decision_is_in_the_way(decision, &boot_plan->requests, targets->sysroot))
			warn_of_neighbour(targets, decision);
	}
}

/* --- the desktop on a card ---------------------------------------------------------------------
 */

static time_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* Returns the number of users of all devices that are taken, after printing them. */
static size_t say_users(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct in_use in_use;
	size_t i, count = 0;

	in_use_begin(&in_use, targets->sysroot, targets->sys);
	for (i = 0; i < plan->count; i++)
		if (is_taken(&plan->decisions[i]))
			count += check_users(targets, &in_use, &plan->decisions[i], in_use_by_host);
	in_use_end(&in_use);
	return count;
}

/* The same, but prints nothing. */
static size_t count_users(const struct targets *targets)
{
	struct messages dropped = { 0 }, *before = messages_collect(&dropped);
	size_t count = say_users(targets);

	messages_collect(before);
	messages_free(&dropped);
	return count;
}

/* The users whose managers have started processes that use a device that is taken. */
static struct string_set find_managers(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct string_set pids = { 0 }, users = { 0 };
	struct in_use in_use;
	char *user;
	size_t i;

	in_use_begin(&in_use, targets->sysroot, targets->sys);
	for (i = 0; i < plan->count; i++)
		if (is_taken(&plan->decisions[i]))
			in_use_find_pids(&in_use, plan->decisions[i].device, &pids);
	in_use_end(&in_use);
	for (i = 0; i < pids.count; i++) {
		user = process_manager_user(targets->sysroot, pids.name[i]);
		if (user)
			string_set_add(&users, user);
		free(user);
	}
	string_set_free(&pids);
	return users;
}

/* Prints how the services of users are ended that outlive the desktop. */
static void say_managers(const struct targets *targets)
{
	struct string_set users = find_managers(targets);
	size_t i;

	for (i = 0; i < users.count; i++)
		message_error("user@%s.service outlives the desktop: that user has another session "
			      "or lingers; 'loginctl terminate-user %s' ends all of that",
			      users.name[i], users.name[i]);
	string_set_free(&users);
}

/*
 * Waits until nothing uses the devices any more: the programs of a desktop end a while after their
 * display manager, and those of a user's manager 10 seconds after the last session
 * (UserStopDelaySec= in logind.conf(5)). Returns false after printing who uses them then.
 */
static bool wait_for_users(const struct targets *targets)
{
	const time_t end = seconds_now() + (time_t)targets->timeout * USERS_TIMEOUTS;

	while (seconds_now() < end && !signals_caught() && count_users(targets))
		poll(NULL, 0, SLICE);
	if (say_users(targets) == 0 || targets->force)
		return true;
	say_managers(targets);
	return false;
}

/* The devices that vfio-pci has already, which stay there if the claim fails. */
static struct string_set find_claimed(const struct targets *targets)
{
	const struct plan *plan = &targets->boot_plan.plan;
	struct string_set claimed = { 0 };
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (is_vfio_driver(plan->decisions[i].device->driver))
			string_set_add(&claimed, plan->decisions[i].device->slot);
	return claimed;
}

/* Returns true if all devices except those in @claimed are with their own drivers again. */
static bool give_back(struct targets *targets, const struct string_set *claimed)
{
	struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	targets->rolling_back = true;
	boot_plan_free(&targets->boot_plan);
	targets->boot_plan = (struct boot_plan){ 0 };
	if (!targets_rehearse(targets, look_again) || targets_decide_release(targets) < 0)
		return false;
	for (i = 0; i < plan->count; i++)
		if (string_set_have(claimed, plan->decisions[i].device->slot))
			plan->decisions[i].verdict = VERDICT_PASSED;
	return unbind_all(targets);
}

/* Brings back the desktop and, unless @claimed is NULL, all devices except those in it. */
static void undo(struct targets *targets, const struct string_set *claimed)
{
	bool back = !claimed || give_back(targets, claimed);
	char *unit;

	back &= desktop_return(targets) == 0;
	unit = display_unit_running(targets->sysroot, DISPLAY_MANAGER);
	/* Before the last word. */
	fflush(stdout);
	if (back)
		message_error("the claim was undone%s%s%s", unit ? "; " : "", unit ? unit : "",
			      unit ? " runs again" : "");
	else
		message_error("not everything was brought back; try 'vfio-claim release --desktop "
			      "%s'",
			      targets->selectors);
	free(unit);
}

/*
 * Claims devices that the desktop runs on. If that fails, they are with their drivers again and the
 * display manager runs, but the session has ended.
 */
static int claim_from_desktop(struct targets *targets)
{
	struct string_set claimed = find_claimed(targets);
	bool left, done;

	/* The terminal that this was called from may end with the desktop. */
	signal(SIGHUP, SIG_IGN);
	signals_catch();
	left = desktop_leave(targets) == 0 && wait_for_users(targets) &&
	       desktop_unload(targets) == 0;
	done = left && bind_claims(targets);
	if (done)
		warn_of_neighbours(targets);
	else
		undo(targets, left ? &claimed : NULL);
	string_set_free(&claimed);
	return done ? EXIT_OK : EXIT_FAILED;
}

static int claim(struct targets *targets)
{
	struct against against;
	bool done;

	if (!targets_rehearse(targets, look) || targets_decide_claim(targets) < 0) {
		message_error("nothing was changed");
		return EXIT_FAILED;
	}
	against = check_all(targets);
	if (against.count) {
		message_error("nothing was changed%s",
			      against.yields ? "; --force takes what is in use or needed, too"
					     : "");
		return EXIT_FAILED;
	}
	if (targets->boot_plan.plan.claim_count && !bind_prepare(targets)) {
		message_error("nothing was changed");
		return EXIT_FAILED;
	}
	if (targets->desktop && any_taken(targets))
		return claim_from_desktop(targets);
	signals_catch();
	done = bind_claims(targets);
	warn_of_neighbours(targets);
	return done ? EXIT_OK : EXIT_FAILED;
}

static struct targets targets = TARGETS_INIT;
static char *vfs;

/* With --vfs. Returns an exit status. */
static int run_vfs(const char *sysroot, const struct arguments *args)
{
	int status;

	if (targets.selectors || targets.group || targets.desktop)
		return usage_error(args, "--vfs takes no SEL, --group or --desktop");
	status = targets_open(&targets, sysroot, args);
	return status == EXIT_OK ? claim_vfs(&targets, vfs) : status;
}

static int run(const char *sysroot, const struct arguments *args)
{
	int status = vfs ? run_vfs(sysroot, args) : targets_check(&targets, sysroot, args);

	if (status == EXIT_OK && !vfs)
		status = claim(&targets);
	targets_free(&targets);
	free(vfs);
	return status;
}

static const struct option_def options[] = {
	{ .name = "force",
	  .flag = &targets.force,
	  .help = "also claim devices that are in use, that this system runs from, or that "
		  "rd.vfio.keep= names" },
	{ .name = "group",
	  .flag = &targets.group,
	  .help = "also claim everything that shares an IOMMU group with them, except bridges" },
	{ .name = "desktop",
	  .flag = &targets.desktop,
	  .help = "first stop the display manager, and unbind the framebuffer consoles and the "
		  "firmware's framebuffer; bring them back if the claim fails" },
	{ .name = "vfs",
	  .value = "SLOT:N",
	  .take = vfs_requests_take,
	  .to = &vfs,
	  .help = "create N virtual functions of the device at SLOT, which keeps its driver, and "
		  "claim them, before another driver can have them; may be repeated" },
	{ .name = "timeout",
	  .value = TARGETS_TIMEOUT_VALUE,
	  .take = targets_take_timeout,
	  .to = &targets.timeout,
	  .help = TARGETS_TIMEOUT_HELP },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "all of them are bound to vfio-pci now" },
	{ "1", "one of them is not; standard error says why" },
	STATUS_USAGE,
};

const struct command claim_command = {
	.name = "claim",
	.group = GROUP_RUNNING,
	.purpose = "bind devices to vfio-pci now",
	.synopsis = "SEL... [OPTIONS]\n--vfs SLOT:N [OPTIONS]",
	.help = "Binds devices to vfio-pci, or to its variant driver for them, on the running "
		"system, until the next boot or until they are released. "
		"Devices that vfio-pci already has stay there.\n"
		"Nothing is changed if one of the devices is a bridge or is not there, if this "
		"system runs from it, or if it is in use: by a mounted file system, swap or a "
		"volume, a network interface that is up, or a process that has one of its device "
		"files open, other containers included. Each user is named. A device that cannot "
		"be bound goes back to its driver.\n"
		"With --desktop, devices that the desktop uses can be claimed: it is stopped "
		"first, its programs have three times the --timeout to end, and if a device is "
		"still in use then, or cannot be bound, all of it is brought back. Later "
		"'vfio-claim release --desktop' brings it back. A file system, a volume or a "
		"network interface on a device is a reason to refuse it before the desktop is "
		"stopped.",
	.options = options,
	.operand = { "SEL", selector_args_add, &targets.selectors },
	.sysroot_help = "read and write everything below DIR; loads no module, but with --desktop "
			"systemctl and modprobe run there, in a chroot, on the running kernel",
	.statuses = statuses,
	.run = run,
};
