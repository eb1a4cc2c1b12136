/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_tree.c - the functions as a tree of root buses and bridges, by their paths in
 * /sys/devices
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../host/printable.h"
#include "list_details.h"
#include "listing.h"

#define STEP      4 /* columns that a level is indented by */
#define MAX_DEPTH 32
#define NONE      ((size_t)-1)

/* A function in the tree. */
struct node {
	size_t number;    /* of the function in the listing */
	const char *path; /* from its root bus: "pci0000:00/0000:00:01.0/0000:01:00.0" */
	size_t depth;     /* bridges above it */
	bool shown;       /* it, or something behind it */
};

struct drawing {
	const struct listing *listing;
	struct node *nodes; /* each bridge comes before the devices behind it */
	size_t count;
	bool open[MAX_DEPTH]; /* whether the line of a level continues below */
};

/* Returns the path from the root bus, or the slot if there is none. */
static const char *from_root_bus(const struct pci_function *function)
{
	const char *path = function->path ? strstr(function->path, "/pci") : NULL;

	return path ? path + 1 : function->slot;
}

static size_t count_slashes(const char *path)
{
	size_t count = 0;

	for (; *path; path++)
		count += *path == '/';
	return count;
}

/* For qsort(3): a slash sorts first, so that a bridge is followed by the devices behind it. */
static int compare_paths(const void *left, const void *right)
{
	const char *a = ((const struct node *)left)->path, *b = ((const struct node *)right)->path;

	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (*a == '/' || *b == '/')
		return *a == '/' ? (*b ? -1 : 1) : (*a ? 1 : -1);
	return (unsigned char)*a - (unsigned char)*b;
}

/* Returns the length of the root bus's name. */
static size_t root_length(const char *path)
{
	return strcspn(path, "/");
}

static bool is_behind(const struct node *node, const struct node *bridge)
{
	size_t len = strlen(bridge->path);

	return strncmp(node->path, bridge->path, len) == 0 && node->path[len] == '/';
}

/* A bridge is shown if a device behind it is. */
static void show_ways(struct drawing *drawing)
{
	size_t i, j;

	for (i = 0; i < drawing->count; i++)
		for (j = i + 1; !drawing->nodes[i].shown && j < drawing->count &&
				is_behind(&drawing->nodes[j], &drawing->nodes[i]);
		     j++)
			drawing->nodes[i].shown = drawing->nodes[j].shown;
}

/* Returns 0 or -ENOMEM. */
static int plant(struct drawing *drawing)
{
	const struct listing *listing = drawing->listing;
	size_t i;

	drawing->count = listing->functions.count;
	drawing->nodes = calloc(drawing->count + 1, sizeof(*drawing->nodes));
	if (!drawing->nodes)
		return -ENOMEM;
	for (i = 0; i < drawing->count; i++) {
		struct node *node = &drawing->nodes[i];
		size_t slashes;

		node->number = i;
		node->path = from_root_bus(&listing->functions.list[i]);
		slashes = count_slashes(node->path);
		node->depth = slashes ? slashes - 1 : 0;
		node->depth = node->depth < MAX_DEPTH - 1 ? node->depth : MAX_DEPTH - 1;
		node->shown = listing_means(listing, i);
	}
	qsort(drawing->nodes, drawing->count, sizeof(*drawing->nodes), compare_paths);
	show_ways(drawing);
	return 0;
}

/* Returns the next node that is shown, starting with @at, or NONE. */
static size_t next_shown(const struct drawing *drawing, size_t at)
{
	while (at < drawing->count && !drawing->nodes[at].shown)
		at++;
	return at < drawing->count ? at : NONE;
}

static bool same_root(const struct node *a, const struct node *b)
{
	size_t len = root_length(a->path);

	return root_length(b->path) == len && strncmp(a->path, b->path, len) == 0;
}

/* Returns true if another node below the same bridge comes after node @at. */
static bool has_sibling(const struct drawing *drawing, size_t at)
{
	const struct node *node = &drawing->nodes[at], *other;

	while ((at = next_shown(drawing, at + 1)) != NONE) {
		other = &drawing->nodes[at];
		if (!same_root(node, other) || other->depth < node->depth)
			return false;
		if (other->depth == node->depth)
			return true;
	}
	return false;
}

/* Draws the lines of the levels above @depth. */
static void draw_stems(const struct drawing *drawing, size_t depth)
{
	size_t i;

	for (i = 0; i < depth; i++)
		fputs(drawing->open[i] ? "|   " : "    ", stdout);
}

/* "VGA compatible controller [0300], group 14, driver nouveau": a new string, or NULL. */
static char *describe_rest(const struct listing *listing, size_t number)
{
	const struct pci_function *function = &listing->functions.list[number];
	char *remarks = listing_remarks(listing, number), *text;
	char *path = listing->paths ? listing_path(listing, number) : NULL;
	char *details = listing->verbose ? details_text(listing->sysroot, function) : NULL;

	if (asprintf(&text, "%s%s%s, %s%s, %s%s%s%s%s%s", path ? path : "", path ? ", " : "",
		     function->class_name, function->group ? "group " : "no group",
		     function->group ? function->group : "",
		     function->driver ? "driver " : "no driver",
		     function->driver ? function->driver : "", remarks ? ", " : "",
		     remarks ? remarks : "", details ? ", " : "", details ? details : "") < 0)
		text = NULL;
	free(details);
	free(path);
	free(remarks);
	return text;
}

/* Draws this on the lines below, folded to the width of a terminal. */
static void draw_rest(const struct drawing *drawing, size_t at)
{
	const struct node *node = &drawing->nodes[at];
	size_t len, width = terminal_width(), next = next_shown(drawing, at + 1);
	bool stem = next != NONE && is_behind(&drawing->nodes[next], node);
	char *raw = describe_rest(drawing->listing, node->number);
	char *text = raw ? printable(raw) : NULL;
	const char *rest;

	for (rest = text; rest && *rest; rest += len + (rest[len] == ' ')) {
		draw_stems(drawing, node->depth + 1);
		fputs(stem ? "|   " : "  ", stdout);
		len = strlen(rest);
		if (width)
			len = fitting_words(rest, room_left(width, (node->depth + 2) * STEP));
		printf("%.*s\n", (int)len, rest);
	}
	free(text);
	free(raw);
}

static void draw_node(struct drawing *drawing, size_t at)
{
	const struct node *node = &drawing->nodes[at];
	const struct pci_function *function = &drawing->listing->functions.list[node->number];

	drawing->open[node->depth] = has_sibling(drawing, at);
	draw_stems(drawing, node->depth);
	fputs(drawing->open[node->depth] ? "|-- " : "`-- ", stdout);
	print_coloured(listing_colour(drawing->listing, node->number), function->slot);
	fputs("  ", stdout);
	print_cut(function->name, listing_ids(function),
		  (node->depth + 1) * STEP + strlen(function->slot) + 2);
	draw_rest(drawing, at);
}

static void draw(struct drawing *drawing)
{
	size_t at, before = NONE;

	for (at = next_shown(drawing, 0); at != NONE; at = next_shown(drawing, at + 1)) {
		const struct node *node = &drawing->nodes[at];

		if (before == NONE || !same_root(&drawing->nodes[before], node))
			print_line("%.*s", (int)root_length(node->path), node->path);
		draw_node(drawing, at);
		before = at;
	}
}

void listing_print_tree(const struct listing *listing)
{
	struct drawing drawing = { .listing = listing };

	if (plant(&drawing) < 0)
		message_errno(ENOMEM, "the tree");
	else
		draw(&drawing);
	free(drawing.nodes);
}
