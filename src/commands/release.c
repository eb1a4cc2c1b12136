/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * release.c - vfio-claim release: devices given back to their own drivers on the running system
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../live/give_back.h"
#include "../live/running.h"
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

static unsigned int check_users(const struct running *running, const struct in_use *in_use,
				const struct decision *decision)
{
	const char *slot = decision->device->slot;
	struct names users = { 0 };
	unsigned int count;
	size_t i;

	in_use_by_guest(in_use, decision->device, &users);
	for (i = 0; i < users.count; i++)
		complain("%s%s: %s%s", running->force ? "warning: " : "", slot, users.name[i],
			 running->force ? "; it is released by force" : "");
	count = running->force ? 0 : (unsigned int)users.count;
	names_free(&users);
	return count;
}

/* Gives how much speaks against the whole; each reason has been complained about. */
static unsigned int check_all(const struct running *running)
{
	const struct in_use in_use = { .sysroot = running->sysroot };
	const struct plan *plan = &running->outlook.plan;
	unsigned int count = running_unmatched(running);
	const struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		count += refuse(decision);
		if (decision->verdict == VERDICT_CLAIM && is_vfio_driver(decision->device->driver))
			count += check_users(running, &in_use, decision);
	}
	return count;
}

/* For a child. */
static int look(void *what, int say)
{
	struct running running = *(struct running *)what;

	(void)say;
	running_quiet();
	running.outlook = (struct outlook){ 0 };
	if (running_decide_release(&running) == 0)
		check_all(&running);
	outlook_free(&running.outlook);
	return 0;
}

/* --- the command -------------------------------------------------------------------------------
 */

static int release(struct running *running)
{
	if (!running_rehearse(running, look) || running_decide_release(running) < 0)
		return EXIT_FAILED;
	if (check_all(running)) {
		complain("nothing was changed");
		return EXIT_FAILED;
	}
	return give_back_all(running) ? EXIT_OK : EXIT_FAILED;
}

int release_command(struct settings *settings, struct arguments *args)
{
	struct running running;
	int word, status = EXIT_OK;

	running_begin(&running);
	while (status == EXIT_OK && (word = next_word(args, release_options)) != OPT_END) {
		if (word == OPT_HELP) {
			fputs(release_help, stdout);
			goto out;
		}
		status = running_take_word(&running, settings, args, word);
	}
	if (status == EXIT_OK)
		status = running_check(&running, settings, args);
	if (status == EXIT_OK)
		status = release(&running);
out:
	running_free(&running);
	return status;
}
