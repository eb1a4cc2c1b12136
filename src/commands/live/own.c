/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * own.c - vfio-claim own: gives a node of a claimed device to the owner; called by the rule of udev
 * that 'vfio-claim enable --owner' writes. Hidden.
 */
#include "../../host/messages.h"
#include "../../plan/owner.h"
#include "../command.h"

static const char *owner_text;

static int run(const char *sysroot, const struct arguments *args)
{
	struct owner owner;

	if (!owner_text || args->at + 1 != args->count)
		return usage_error(args, "it takes --owner and the path of a node");
	if (owner_find(&owner, sysroot, owner_text) < 0)
		return EXIT_FAILED;
	return owner_give(sysroot, &owner, args->word[args->at]) == 0 ? EXIT_OK : EXIT_FAILED;
}

static const struct option_def options[] = {
	{ .name = "owner",
	  .value = "OWNER",
	  .text = &owner_text,
	  .help = "the user, or a group after a colon" },
	{ .name = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "the node is the owner's, or it is not one of a claimed device" },
	{ "1", "failure" },
	STATUS_USAGE,
};

const struct command own_command = {
	.name = "own",
	.synopsis = "--owner USER|:GROUP NODE",
	.help = "For the rule of udev that 'vfio-claim enable --owner' writes: gives NODE to this "
		"user or group if it is the node of a claimed device.",
	.options = options,
	.operand = { .name = "NODE" },
	.statuses = statuses,
	.run = run,
};
