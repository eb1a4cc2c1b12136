/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.c - vfio-claim list: which card is it?
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "messages.h"
#include "pci_functions.h"
#include "terminal.h"

#define GAP            2 /* blanks between columns; the first of them behind a slot bears the mark */
#define NAME_SEPARATOR ": "

static const struct option_def list_options[] = {
	{ "help", false, OPT_HELP },
	{ "sysroot", true, OPT_SYSROOT },
	{ NULL, false, 0 },
};

static const char list_help[] =
	"Usage: vfio-claim list [--sysroot DIR]\n\n"
	"Shows every PCI function: its slot, the number of its IOMMU group, the driver it\n"
	"is bound to, its class, and its names with [vendor:device]. A '*' behind the slot\n"
	"marks cards that have the same IDs; only the slot tells them apart. Functions of\n"
	"one IOMMU group can only be given to a virtual machine together.\n\n"
	"On a terminal that is too narrow the names stand on a line of their own, cut to\n"
	"the width; otherwise there is one line for each function and nothing is cut.\n\n"
	"Options:\n"
	"  --sysroot DIR  read /sys and the names (pci.ids) below DIR\n"
	"  --help         show this\n";

/* How the table is set out; widths in bytes. */
struct layout {
	int slot, group, driver;
	size_t fold_at; /* width of a terminal too narrow for one line each; 0: do not fold */
};

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void widen(int *width, const char *text)
{
	int len = (int)strlen(text);

	if (len > *width)
		*width = len;
}

/* Bytes in front of the class. */
static size_t indent(const struct layout *layout)
{
	return (size_t)layout->slot + (size_t)layout->group + (size_t)layout->driver + 3 * GAP;
}

static struct layout lay_out(const struct pci_functions *functions)
{
	struct layout layout = { 0 };
	size_t i, width = terminal_width(), widest = 0;

	widen(&layout.slot, "SLOT");
	widen(&layout.group, "GROUP");
	widen(&layout.driver, "DRIVER");
	for (i = 0; i < functions->count; i++) {
		const struct pci_function *function = &functions->list[i];
		size_t len = strlen(function->class_name) + strlen(function->name);

		widen(&layout.slot, function->slot);
		widen(&layout.group, or_dash(function->group));
		widen(&layout.driver, or_dash(function->driver));
		if (len > widest)
			widest = len;
	}
	if (indent(&layout) + widest + strlen(NAME_SEPARATOR) > width)
		layout.fold_at = width;
	return layout;
}

/* How many of the @len bytes of @text go into @room; never half a UTF-8 letter. */
static int fitting(const char *text, size_t len, size_t room)
{
	if (len <= room)
		return (int)len;
	while (room && ((unsigned char)text[room] & 0xc0) == 0x80)
		room--;
	return (int)room;
}

/* @width less @taken, but not below nothing. */
static size_t room_left(size_t width, size_t taken)
{
	return width > taken ? width - taken : 0;
}

/* The class on the rest of this line, the names on the next; the IDs at the end are never cut. */
static void print_on_two_lines(const struct pci_function *function, const struct layout *layout)
{
	const char *class_name = function->class_name, *name = function->name;
	const char *ids = strrchr(name, '[');
	int margin = layout->slot + GAP;
	size_t name_len, room = room_left(layout->fold_at, indent(layout));

	printf("%.*s\n", fitting(class_name, strlen(class_name), room), class_name);
	if (!ids)
		ids = name + strlen(name);
	name_len = (size_t)(ids - name);
	room = room_left(layout->fold_at, (size_t)margin + strlen(ids));
	/* What is cut has lost the blank in front of the IDs. */
	if (name_len > room)
		printf("%*s%.*s %s\n", margin, "", fitting(name, name_len, room ? room - 1 : 0),
		       name, ids);
	else
		printf("%*s%s\n", margin, "", name);
}

static void print_function(const struct pci_function *function, const struct layout *layout)
{
	printf("%-*s%c%*s%-*s%*s%-*s%*s", layout->slot, function->slot, function->twin ? '*' : ' ',
	       GAP - 1, "", layout->group, or_dash(function->group), GAP, "", layout->driver,
	       or_dash(function->driver), GAP, "");
	if (layout->fold_at)
		print_on_two_lines(function, layout);
	else
		printf("%s" NAME_SEPARATOR "%s\n", function->class_name, function->name);
}

/* The table, and below it what the mark means if there is one. */
static void print_table(const struct pci_functions *functions)
{
	struct layout layout = lay_out(functions);
	bool twins = false;
	size_t i;

	printf("%-*s%*s%-*s%*s%-*s%*s%s\n", layout.slot, "SLOT", GAP, "", layout.group, "GROUP",
	       GAP, "", layout.driver, "DRIVER", GAP, "", "DEVICE");
	for (i = 0; i < functions->count; i++) {
		print_function(&functions->list[i], &layout);
		twins |= functions->list[i].twin;
	}
	if (twins)
		printf("\n* These IDs occur more than once and name all such cards together: to "
		       "claim one\n  of them, use its slot.\n");
}

static int show(const char *sysroot)
{
	struct pci_functions functions;
	int status = EXIT_FAILED;

	if (pci_functions_read(sysroot, &functions) < 0)
		goto out;
	print_table(&functions);
	fflush(stdout); /* the note belongs below the table, also where both go into one file */
	if (!iommu_in_use(sysroot, &functions))
		complain("note: no IOMMU is in use, so nothing can be claimed; switch it on in the "
			 "firmware setup (Intel: VT-d; AMD: IOMMU, also called AMD-Vi, at times "
			 "under SVM) and on Intel add intel_iommu=on to the kernel command line");
	status = EXIT_OK;
out:
	pci_functions_free(&functions);
	return status;
}

int list_command(struct settings *settings, struct arguments *args)
{
	int option, status;

	while ((option = next_option(args, list_options)) != OPT_END) {
		switch (option) {
		case OPT_HELP:
			fputs(list_help, stdout);
			return EXIT_OK;
		case OPT_SYSROOT:
			status = set_sysroot(settings, args);
			if (status != EXIT_OK)
				return status;
			break;
		default:
			return EXIT_USAGE;
		}
	}
	status = refuse_operands(args);
	return status == EXIT_OK ? show(settings->sysroot) : status;
}
