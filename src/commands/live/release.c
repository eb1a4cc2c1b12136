/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.c - vfio-claim release: gives devices back to their own drivers on the running system
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/drivers.h"
#include "../../host/messages.h"
#include "../../host/signals.h"
#include "../../live/desktop.h"
#include "../../live/targets.h"
#include "../../live/unbind.h"
#include "../../machine/in_use.h"
#include "../../plan/selector_args.h"
#include "../../plan/vfs_requests.h"
#include "../command.h"
#include "live_vfs.h"

/* --- reasons to refuse -------------------------------------------------------------------------
 */

/* Returns 1 after printing an error, else 0. */
static unsigned int refuse(const struct decision *decision)
{
	const char *slot = decision->device->slot;

	switch (decision->verdict) {
	case VERDICT_BRIDGE:
		message_error("%s: it is a bridge, and is never claimed", slot);
		return 1;
	case VERDICT_OTHER_ID:
		message_error("%s: it is not the device that %s asks for", slot,
			      decision->because->text);
		return 1;
	case VERDICT_UNREADABLE:
		message_error("%s: its ID cannot be read", slot);
		return 1;
	default:
		return 0;
	}
}

static unsigned int check_users(const struct targets *targets, const struct in_use *in_use,
				const struct decision *decision)
{
	const char *slot = decision->device->slot;
	struct string_set users = { 0 };
	unsigned int count;
	size_t i;

	in_use_by_guest(in_use, decision->device, &users);
	for (i = 0; i < users.count; i++)
		targets_say_user(targets, slot, users.name[i], "released");
	count = targets->force ? 0 : (unsigned int)users.count;
	string_set_free(&users);
	return count;
}

/* The reasons to refuse, each of which has been printed. */
struct against {
	unsigned int count;
	unsigned int users; /* of these */
};

static struct against check_all(const struct targets *targets)
{
	const struct in_use in_use = { .sysroot = targets->sysroot };
	const struct plan *plan = &targets->boot_plan.plan;
	struct against against = { .count = targets_unmatched(targets) };
	const struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		against.count += refuse(decision);
		if (decision->verdict == VERDICT_CLAIM && is_vfio_driver(decision->device->driver))
			against.users += check_users(targets, &in_use, decision);
	}
	against.count += against.users;
	return against;
}

/* Runs in a child. */
static int look(void *what, int say)
{
	struct targets targets = *(struct targets *)what;

	(void)say;
	targets_quiet();
	targets.boot_plan = (struct boot_plan){ 0 };
	if (targets_decide_release(&targets) == 0)
		check_all(&targets);
	boot_plan_free(&targets.boot_plan);
	return 0;
}

/* --- the command -------------------------------------------------------------------------------
 */

static int release(struct targets *targets)
{
	bool known = targets_rehearse(targets, look) && targets_decide_release(targets) == 0;
	struct against against = { 0 };
	bool done = false;

	if (known)
		against = check_all(targets);
	/* A device that is stuck or has disappeared must not cost the desktop, too. */
	if (against.users || ((against.count || !known) && !targets->desktop)) {
		message_error("nothing was changed");
		return EXIT_FAILED;
	}
	signals_catch();
	if (known)
		done = unbind_all(targets) && !against.count;
	else
		message_error("no device was released");
	if (targets->desktop && desktop_return(targets) < 0)
		done = false;
	return done ? EXIT_OK : EXIT_FAILED;
}

static struct targets targets = TARGETS_INIT;
static char *vfs;

/* With --vfs. Returns an exit status. */
static int run_vfs(const char *sysroot, const struct arguments *args)
{
	int status;

	if (targets.selectors || targets.desktop)
		return usage_error(args, "--vfs takes no SEL or --desktop");
	status = targets_open(&targets, sysroot, args);
	return status == EXIT_OK ? release_vfs(&targets, vfs) : status;
}

static int run(const char *sysroot, const struct arguments *args)
{
	int status = vfs ? run_vfs(sysroot, args) : targets_check(&targets, sysroot, args);

	if (status == EXIT_OK && !vfs)
		status = release(&targets);
	targets_free(&targets);
	free(vfs);
	return status;
}

static const struct option_def options[] = {
	{ .name = "force",
	  .flag = &targets.force,
	  .help = "also release devices that a virtual machine uses" },
	{ .name = "desktop",
	  .flag = &targets.desktop,
	  .help = "then bring back what 'vfio-claim claim --desktop' has stopped" },
	{ .name = "vfs",
	  .value = "SLOT",
	  .take = vfs_requests_take_bare,
	  .to = &vfs,
	  .help = "remove the virtual functions of the device at SLOT, unless somebody uses one; "
		  "may be repeated" },
	{ .name = "timeout",
	  .value = TARGETS_TIMEOUT_VALUE,
	  .take = targets_take_timeout,
	  .to = &targets.timeout,
	  .help = TARGETS_TIMEOUT_HELP },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "none of them is bound to vfio-pci any more" },
	{ "1", "one of them is, or its own driver did not bind it; standard error says why" },
	STATUS_USAGE,
};

const struct command release_command = {
	.name = "release",
	.group = GROUP_RUNNING,
	.purpose = "give devices back to their own drivers now",
	.synopsis = "SEL... [OPTIONS]\n--vfs SLOT [OPTIONS]",
	.help = "Gives devices back to their own drivers on the running system, whether they were "
		"claimed at boot or by 'vfio-claim claim'. Loads the module of a driver if "
		"necessary. The next boot claims the requested devices again.\n"
		"Nothing is changed if one of the devices is a bridge or is not there, or if a "
		"virtual machine uses it or another device of its IOMMU group.\n"
		"With --desktop, a device that has disappeared or is stuck is no reason to do "
		"nothing: what 'vfio-claim claim --desktop' has stopped is brought back in any "
		"case, unless a virtual machine uses a device that it was stopped for.",
	.options = options,
	.operand = { "SEL", selector_args_add, &targets.selectors },
	.sysroot_help = "read and write everything below DIR; loads no module, but with --desktop "
			"systemctl and modprobe run there, in a chroot, on the running kernel",
	.statuses = statuses,
	.run = run,
};
