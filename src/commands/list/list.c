/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.c - vfio-claim list: which card is it?
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../host/messages.h"
#include "../../machine/device_kinds.h"
#include "../../plan/iommu_judge.h"
#include "../cmd.h"
#include "listing.h"

enum {
	OPT_TREE = OPT_COMMAND_FIRST,
	OPT_GROUPS,
	OPT_JSON,
};

static const struct option_def list_options[] = {
	{ "help", false, OPT_HELP }, { "sysroot", true, OPT_SYSROOT },
	{ "tree", false, OPT_TREE }, { "groups", false, OPT_GROUPS },
	{ "json", false, OPT_JSON }, { NULL, false, 0 },
};

static const char list_help[] =
	"Usage: vfio-claim list [KIND...] [--groups | --tree] [--json] [--sysroot DIR]\n\n"
	"Shows every PCI function: its slot, the number of its IOMMU group, the driver it\n"
	"is bound to, its class, and its names with [vendor:device]. Functions of one\n"
	"IOMMU group can only be given to a virtual machine together. A '*' behind the\n"
	"slot marks cards that have the same IDs; only the slot tells them apart.\n\n"
	"Behind the names are remarks: whether this boot was asked to claim the device\n"
	"and did, whether it keeps a claimed device from any virtual machine, whether it\n"
	"is the display that the firmware uses, what this system needs it for, and where\n"
	"the sound of a graphics card is, if that is on another bus. On a terminal the\n"
	"slot is green if it is claimed, red if it was asked for but is not, yellow if\n"
	"this system needs it.\n\n"
	"On a terminal that is too narrow the names stand on a line of their own, cut to\n"
	"the width; otherwise there is one line for each function and nothing is cut.\n\n"
	"KIND, to see only these:\n"
	"  " KIND_WORDS "\n\n"
	"Options:\n"
	"  --groups       in the order of their IOMMU groups; with KIND, each group that\n"
	"                 has one, as a whole\n"
	"  --tree         as a tree: what is behind which bridge\n"
	"  --json         print one JSON document\n"
	"  --sysroot DIR  read /sys and the names (pci.ids) below DIR\n"
	"  --help         show this\n\n"
	"Environment: NO_COLOR, when not empty, turns colour off.\n\n"
	"Exit status: 0 shown, 1 the PCI bus cannot be read, 2 wrong usage.\n";

struct list_options {
	bool tree, groups, json;
	unsigned int kinds;
};

static void explain(const struct listing *listing, const char *sysroot)
{
	struct iommu_judgement iommu;
	struct text line;

	if (!listing->count)
		complain("no such device");
	if (listing->iommu)
		return;
	iommu_judge_running(&iommu, sysroot);
	text_set(&line, "note: no IOMMU is in use");
	iommu_add_cause(&line, &iommu);
	complain("%s; without one nothing can be claimed", line.data);
}

static int print(const struct listing *listing, const struct list_options *options,
		 const char *sysroot)
{
	int status = EXIT_OK;

	if (options->json)
		status = listing_print_json(listing);
	else if (options->tree)
		listing_print_tree(listing);
	else if (listing->count)
		listing_print_table(listing);
	fflush(stdout); /* the note belongs below the table, also where both go into one file */
	explain(listing, sysroot);
	return status;
}

/* Gives 0, or -1 after a message. */
static int take(struct listing *listing, bool groups)
{
	int err = groups ? listing_take_groups(listing) : listing_take(listing);

	if (err)
		complain_errno(err, "the list");
	return err ? -1 : 0;
}

static int show(const char *sysroot, const struct list_options *options)
{
	struct listing listing = { .kinds = options->kinds };
	int status = EXIT_FAILED;

	if (pci_functions_read(sysroot, &listing.functions) == 0 &&
	    marks_find(&listing.marks, sysroot, &listing.functions) == 0 &&
	    take(&listing, options->groups) == 0) {
		listing.iommu = iommu_is_active(sysroot);
		status = print(&listing, options, sysroot);
	}
	free(listing.order);
	marks_free(&listing.marks);
	pci_functions_free(&listing.functions);
	return status;
}

static int take_kind(const struct arguments *args, struct list_options *options)
{
	unsigned int kind = kind_find(args->value);

	if (!kind)
		return usage_error(args, "'%s' is no kind of device; there are " KIND_WORDS,
				   args->value);
	options->kinds |= kind;
	return EXIT_OK;
}

/* Takes one word. Gives EXIT_OK, or an exit status after a message. */
static int take_word(struct settings *settings, struct arguments *args, int word,
		     struct list_options *options)
{
	switch (word) {
	case OPT_SYSROOT:
		return set_sysroot(settings, args);
	case OPT_TREE:
		options->tree = true;
		return EXIT_OK;
	case OPT_GROUPS:
		options->groups = true;
		return EXIT_OK;
	case OPT_JSON:
		options->json = true;
		return EXIT_OK;
	case OPT_OPERAND:
		return take_kind(args, options);
	default:
		return EXIT_USAGE;
	}
}

int list_command(struct settings *settings, struct arguments *args)
{
	struct list_options options = { 0 };
	int word, status = EXIT_OK;

	while (status == EXIT_OK && (word = next_word(args, list_options)) != OPT_END) {
		if (word == OPT_HELP) {
			fputs(list_help, stdout);
			return EXIT_OK;
		}
		status = take_word(settings, args, word, &options);
	}
	if (status == EXIT_OK && options.tree && (options.json || options.groups))
		status = usage_error(args, "--tree or %s, not both",
				     options.json ? "--json" : "--groups");
	return status == EXIT_OK ? show(settings->sysroot, &options) : status;
}
