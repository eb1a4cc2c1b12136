/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "bus.h"

/* The device path of a function: its address, and those of the bridges above it. */
struct way {
	struct pci_address step[PATH_STEPS + 1];
	int count;
};

/* Takes @path apart from its end to the root bus. Returns false if it is too long. */
static bool find_way(const char *path, struct way *way)
{
	struct pci_address reversed[PATH_STEPS + 1];
	char *copy = strdup(path), *slash;
	bool fits = copy;
	int i, count = 0;

	while (fits && (slash = strrchr(copy, '/'))) {
		fits = count <= PATH_STEPS;
		if (!fits || !address_parse(slash + 1, &reversed[count]))
			break;
		count++;
		*slash = '\0';
	}
	free(copy);
	for (i = 0; i < count; i++)
		way->step[i] = reversed[count - 1 - i];
	way->count = count;
	return fits && count;
}

static void print_function(FILE *out, const struct pci_address *address, bool all)
{
	if (all)
		fputs("*", out);
	else
		fprintf(out, "%u", address->function);
}

static void print_way(FILE *out, const struct way *way, bool all)
{
	const struct pci_address *step = way->step;
	int i;

	if (step->domain)
		fprintf(out, "%04x:", step->domain);
	for (i = 0; i < way->count; i++, step++) {
		if (i)
			fputs("/", out);
		else
			fprintf(out, "%02x:", step->bus);
		fprintf(out, "%02x.", step->device);
		print_function(out, step, all && i == way->count - 1);
	}
}

char *path_selector(const char *device_path)
{
	struct way way;
	char *text = NULL;
	size_t len;
	FILE *out;

	if (!find_way(device_path, &way) || !(out = open_memstream(&text, &len)))
		return NULL;
	print_way(out, &way, false);
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* The ID that a guard is about. */
static const struct pci_id *guarded_id(const struct selector *selector, const struct device *device)
{
	return selector->wildcard ? &device->slot_id : &device->id;
}

/*
 * Prints a selector for all below a bridge, from the root bus if it names the bridge by its slot.
 * It gets no guard: what is there today says nothing about what it is for.
 */
static void print_stable_below(FILE *out, const struct bus *bus, const struct selector *selector,
			       bool paths)
{
	const struct device *bridge = NULL;
	const char *text = selector->text;
	struct way way;

	if (paths && selector->steps == 1)
		bridge = bus_at(bus, &selector->address);
	if (bridge && find_way(bridge->path, &way) && way.count <= PATH_STEPS) {
		print_way(out, &way, false);
		text = strchr(text, '/');
	}
	fputs(text, out);
}

/* Prints one selector in its stable form. */
static void print_stable(FILE *out, const struct bus *bus, const char *text, bool paths)
{
	struct selector selector;
	bool address = !selector_parse(text, &selector) && selector.kind == SELECTOR_ADDRESS;
	const struct device *device;
	const struct pci_id *id;
	struct way way;

	if (address && selector_is_below(&selector)) {
		print_stable_below(out, bus, &selector, paths);
		return;
	}
	device = address ? bus_first(bus, &selector) : NULL;
	if (!device) {
		fputs(text, out);
		return;
	}
	if (paths && !selector.steps && find_way(device->path, &way))
		print_way(out, &way, selector.wildcard);
	else
		fprintf(out, "%.*s", (int)strcspn(text, "@"), text);
	id = guarded_id(&selector, device);
	if (selector.guarded)
		fputs(strchr(text, '@'), out);
	else if (id->vendor)
		fprintf(out, "@%04x:%04x", id->vendor, id->device);
}

static char *rewrite(const char *sysroot, const char *selectors, bool paths)
{
	char *copy = strdup(selectors), *cursor = copy, *item, *text = NULL;
	size_t len;
	FILE *out = copy ? open_memstream(&text, &len) : NULL;
	const char *comma = "";
	struct bus bus;

	if (out) {
		bus_read(&bus, sysroot);
		for (; (item = param_item(&cursor, ",")); comma = ",") {
			fputs(comma, out);
			print_stable(out, &bus, item, paths);
		}
		bus_free(&bus);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	free(copy);
	return text;
}

char *stable_selectors(const char *sysroot, const char *selectors)
{
	return rewrite(sysroot, selectors, true);
}

char *guarded_selectors(const char *sysroot, const char *selectors)
{
	return rewrite(sysroot, selectors, false);
}

bool any_plain_slot(const char *selectors)
{
	char *copy = strdup(selectors), *cursor = copy, *item;
	struct selector selector;
	bool any = false;

	while (copy && (item = param_item(&cursor, ",")))
		any |= !selector_parse(item, &selector) && selector.kind == SELECTOR_ADDRESS &&
		       !selector.steps && !selector.guarded;
	free(copy);
	return any;
}
