/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.c - vfio-claim list: shows the PCI functions
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../host/messages.h"
#include "../../machine/device_kinds.h"
#include "../../plan/iommu_judge.h"
#include "../command.h"
#include "../print_entries.h"
#include "listing.h"

struct list_options {
	bool tree, groups, paths, verbose, json;
	unsigned int kinds;
};

static void explain(const struct listing *listing, const char *sysroot)
{
	struct iommu_judgement iommu;
	struct text line;

	if (!listing->count)
		message_error("no such device");
	if (listing->iommu)
		return;
	iommu_judge_running(&iommu, sysroot);
	text_set(&line, "note: no IOMMU is in use");
	iommu_add_cause(&line, &iommu);
	message_error("%s; without one nothing can be claimed", line.data);
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
	if (!options->json)
		print_entries(sysroot);
	fflush(stdout); /* the note comes after the table, even if both go to one file */
	explain(listing, sysroot);
	return status;
}

/* Returns 0, or -1 after printing an error. */
static int take(struct listing *listing, bool groups)
{
	int err = groups ? listing_take_groups(listing) : listing_take(listing);

	if (err)
		message_errno(err, "the list");
	return err ? -1 : 0;
}

static int show(const char *sysroot, const struct list_options *options)
{
	struct listing listing = { .sysroot = sysroot,
				   .kinds = options->kinds,
				   .paths = options->paths,
				   .verbose = options->verbose };
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

static int take_kind(const struct arguments *args, void *to)
{
	unsigned int kind = kind_find(args->value), *kinds = to;

	if (!kind)
		return usage_error(args, "'%s' is not a kind of device; the kinds are " KIND_WORDS,
				   args->value);
	*kinds |= kind;
	return EXIT_OK;
}

static struct list_options given;

static int run(const char *sysroot, const struct arguments *args)
{
	if (given.tree && (given.json || given.groups))
		return usage_error(args, "--tree or %s, not both",
				   given.json ? "--json" : "--groups");
	return show(sysroot, &given);
}

static const struct option_def options[] = {
	{ .name = "groups",
	  .flag = &given.groups,
	  .help = "sort by IOMMU group; with KIND, show every group that contains one, as a "
		  "whole" },
	{ .name = "tree",
	  .flag = &given.tree,
	  .help = "show which devices are behind which bridge" },
	{ .name = "paths",
	  .flag = &given.paths,
	  .help = "also show the path of each device from its root bus, a selector that survives "
		  "a change of bus numbers" },
	{ .name = "verbose",
	  .flag = &given.verbose,
	  .help = "also show of each device whether it is asleep (D3), how it can be reset, and "
		  "which of its BARs can be resized, and how many virtual functions it can have "
		  "(SR-IOV); of each port, whether it keeps the devices "
		  "behind it in IOMMU groups of their own (ACS)" },
	{ .name = "json", .flag = &given.json, .help = "print one JSON document" },
	{ .name = NULL },
};

static const struct help_section sections[] = {
	{ .title = "KIND (show only these)", .text = KIND_WORDS },
	{ .title = "Environment", .text = "NO_COLOR, if not empty, turns colour off." },
	{ .title = NULL },
};

static const struct help_item statuses[] = {
	{ "0", "success" },
	{ "1", "the PCI bus cannot be read" },
	STATUS_USAGE,
};

const struct command list_command = {
	.name = "list",
	.group = GROUP_LOOK,
	.purpose = "show the PCI devices, their IOMMU groups and drivers",
	.synopsis = "[KIND...] [--groups | --tree] [OPTIONS]",
	.help = "Shows every PCI function with its slot, IOMMU group, driver, class, and names "
		"with [vendor:device]. Functions of one IOMMU group can only be passed through "
		"together. A '*' after the slot marks cards with the same IDs, which only the "
		"slot or the path tells apart.\n"
		"Remarks after the names say whether this boot was asked to claim the device, and "
		"did; whether the device keeps a claimed one from being passed through; whether "
		"it is the display that the firmware uses; what this system needs it for; and "
		"where the sound of a graphics card is, if it is on another bus; and of which "
		"device it is a virtual function. On a terminal, "
		"the slot is green if the device is claimed, red if it was requested but is not "
		"claimed, and yellow if this system needs it.\n"
		"On a narrow terminal, the names are on a line of their own and are cut to the "
		"width, with an ellipsis. Otherwise each function has one line, and nothing is "
		"cut.",
	.options = options,
	.operand = { "KIND", take_kind, &given.kinds },
	.sysroot_help = "read /sys and the names (pci.ids) below DIR",
	.sections = sections,
	.statuses = statuses,
	.run = run,
};
