/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/printable.h"
#include "list_details.h"
#include "listing.h"

#define GAP            2 /* blanks between columns; the first one after a slot may be the mark */
#define NAME_SEPARATOR ": "

/* The layout of the table; widths in bytes. */
struct layout {
	int slot, path, group, driver; /* path: 0 for no such column */
	size_t fold_at; /* width of a terminal that is too narrow for single lines; 0: do not fold
			 */
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

/* Returns the number of bytes before the class. */
static size_t indent(const struct layout *layout)
{
	return (size_t)layout->slot + (size_t)layout->group + (size_t)layout->driver + 3 * GAP +
	       (layout->path ? (size_t)layout->path + GAP : 0);
}

static void widen_paths(int *width, const struct listing *listing)
{
	char *path;
	size_t i;

	widen(width, "PATH");
	for (i = 0; i < listing->count; i++) {
		path = listing_path(listing, listing->order[i]);
		widen(width, or_dash(path));
		free(path);
	}
}

static struct layout lay_out(const struct listing *listing)
{
	struct layout layout = { 0 };
	size_t i, width = terminal_width(), widest = 0;

	widen(&layout.slot, "SLOT");
	if (listing->paths)
		widen_paths(&layout.path, listing);
	widen(&layout.group, "GROUP");
	widen(&layout.driver, "DRIVER");
	for (i = 0; i < listing->count; i++) {
		const struct pci_function *function = &listing->functions.list[listing->order[i]];
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

/* Prints the class on this line and the name on the next. Never cuts the IDs at its end. */
static void print_on_two_lines(const struct pci_function *function, const struct layout *layout)
{
	char *class_name = printable(function->class_name);
	size_t room = room_left(layout->fold_at, indent(layout));
	int margin = layout->slot + GAP;

	if (class_name)
		print_shortened(class_name, room);
	free(class_name);
	printf("\n%*s", margin, "");
	print_cut(function->name, listing_ids(function), (size_t)margin);
}

/* Prints remarks or details on lines of their own, below the names. */
static void print_below(const char *remarks, const struct layout *layout)
{
	size_t margin = (size_t)layout->slot + GAP;
	char *line;

	if (asprintf(&line, "%*s%s", (int)margin, "", remarks) < 0)
		return;
	print_folded(margin, line);
	free(line);
}

static void print_details(const char *sysroot, const struct pci_function *function,
			  const struct layout *layout)
{
	char *details = details_text(sysroot, function);

	if (details)
		print_below(details, layout);
	free(details);
}

static void print_path(const struct listing *listing, size_t number, int width)
{
	char *path = listing_path(listing, number);

	printf("%-*s%*s", width, or_dash(path), GAP, "");
	free(path);
}

static void print_function(const struct listing *listing, size_t number,
			   const struct layout *layout)
{
	const struct pci_function *function = &listing->functions.list[number];
	char *remarks = listing_remarks(listing, number);

	print_coloured(listing_colour(listing, number), function->slot);
	printf("%*s%c%*s", layout->slot - (int)strlen(function->slot), "",
	       function->twin ? '*' : ' ', GAP - 1, "");
	if (layout->path)
		print_path(listing, number, layout->path);
	printf("%-*s%*s", layout->group, or_dash(function->group), GAP, "");
	if (layout->fold_at) {
		printable_write(stdout, or_dash(function->driver));
		printf("%*s", layout->driver - (int)strlen(or_dash(function->driver)) + GAP, "");
		print_on_two_lines(function, layout);
		if (remarks)
			print_below(remarks, layout);
	} else {
		print_line("%-*s%*s%s" NAME_SEPARATOR "%s%s%s%s", layout->driver,
			   or_dash(function->driver), GAP, "", function->class_name, function->name,
			   remarks ? "  (" : "", remarks ? remarks : "", remarks ? ")" : "");
	}
	free(remarks);
	if (listing->verbose)
		print_details(listing->sysroot, function, layout);
}

/* Prints the table, and below it the meaning of the mark if there is one. */
void listing_print_table(const struct listing *listing)
{
	struct layout layout = lay_out(listing);
	bool twins = false;
	size_t i;

	printf("%-*s%*s", layout.slot, "SLOT", GAP, "");
	if (layout.path)
		printf("%-*s%*s", layout.path, "PATH", GAP, "");
	printf("%-*s%*s%-*s%*s%s\n", layout.group, "GROUP", GAP, "", layout.driver, "DRIVER", GAP,
	       "", "DEVICE");
	for (i = 0; i < listing->count; i++) {
		print_function(listing, listing->order[i], &layout);
		twins |= listing->functions.list[listing->order[i]].twin;
	}
	if (twins)
		printf("\n* These IDs occur more than once and name all such cards together: to "
		       "claim one\n  of them, use its slot.\n");
}
