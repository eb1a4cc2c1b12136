/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.c - vfio-claim release: devices given back to their own drivers on the running system
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/signals.h"
#include "../live/targets.h"
#include "../live/unbind.h"
#include "../machine/in_use.h"
#include "../plan/selection.h"
#include "cmd.h"

static const struct option_def release_options[] = {
	{ "help", false, OPT_HELP },
	{ "sysroot", true, OPT_SYSROOT },
	{ "force", false, OPT_FORCE },
	{ "timeout", true, OPT_TIMEOUT },
	{ NULL, false, 0 },
};

static const char release_help[] =
	"Usage: vfio-claim release SEL... [--force] [--timeout SECONDS] [--sysroot DIR]\n\n"
	"Gives devices back to their own drivers on the running system, whether they were\n"
	"claimed by a boot or by 'vfio-claim claim'; the module of a driver is loaded if\n"
	"need be. The next boot claims again what it is asked for. SEL is as in\n"
	"rd.vfio.claim=SEL.\n\n"
	"Nothing is changed when one of the devices is a bridge or is not there, or when a\n"
	"virtual machine has it, or another device of its IOMMU group.\n\n"
	"Options:\n"
	"  --force            release devices that a virtual machine has, too\n"
	"  --timeout SECONDS  how long what hangs is waited for: 1 to 60, normally 10\n"
	"  --sysroot DIR      read and write everything below DIR; loads no module\n"
	"  --help             show this\n\n"
	"Exit status:\n"
	"  0  none of them is with vfio-pci any more\n"
	"  1  one of them is, or its own driver has not taken it; standard error says why\n"
	"  2  wrong usage\n";

/* --- what speaks against it --------------------------------------------------------------------
 */

/* Gives 1 after a complaint. */
static unsigned int refuse(const struct decision *decision)
{
	const char *slot = decision->device->slot;

	switch (decision->verdict) {
	case VERDICT_BRIDGE:
		complain("%s: it is a bridge, and is never claimed", slot);
		return 1;
	case VERDICT_OTHER_ID:
		complain("%s: it is not the device that %s asks for", slot,
			 decision->because->text);
		return 1;
	case VERDICT_UNREADABLE:
		complain("%s: its ID cannot be read", slot);
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
		complain("%s%s: %s%s", targets->force ? "warning: " : "", slot, users.name[i],
			 targets->force ? "; it is released by force" : "");
	count = targets->force ? 0 : (unsigned int)users.count;
	string_set_free(&users);
	return count;
}

/* Gives how much speaks against the whole; each reason has been complained about. */
static unsigned int check_all(const struct targets *targets)
{
	const struct in_use in_use = { .sysroot = targets->sysroot };
	const struct plan *plan = &targets->boot_plan.plan;
	unsigned int count = targets_unmatched(targets);
	const struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		count += refuse(decision);
		if (decision->verdict == VERDICT_CLAIM && is_vfio_driver(decision->device->driver))
			count += check_users(targets, &in_use, decision);
	}
	return count;
}

/* For a child. */
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
	if (!targets_rehearse(targets, look) || targets_decide_release(targets) < 0)
		return EXIT_FAILED;
	if (check_all(targets)) {
		complain("nothing was changed");
		return EXIT_FAILED;
	}
	signals_catch();
	return unbind_all(targets) ? EXIT_OK : EXIT_FAILED;
}

int release_command(struct settings *settings, struct arguments *args)
{
	struct targets targets;
	int word, status = EXIT_OK;

	targets_begin(&targets);
	while (status == EXIT_OK && (word = next_word(args, release_options)) != OPT_END) {
		if (word == OPT_HELP) {
			fputs(release_help, stdout);
			goto out;
		}
		status = targets_take_word(&targets, settings, args, word);
	}
	if (status == EXIT_OK)
		status = targets_check(&targets, settings, args);
	if (status == EXIT_OK)
		status = release(&targets);
out:
	targets_free(&targets);
	return status;
}
