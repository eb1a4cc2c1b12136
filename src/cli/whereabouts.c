/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whereabouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../params.h"
#include "bus.h"

/* As many are named; of more there is no telling which it is. */
#define NAMED 3

static void add_guard(struct text *line, const struct selector *guarded)
{
	if (guarded->id.vendor == PCI_ANY)
		text_add(line, ": *:");
	else
		text_add(line, ": %04x:", guarded->id.vendor);
	if (guarded->id.device == PCI_ANY)
		text_add(line, "*");
	else
		text_add(line, "%04x", guarded->id.device);
}

static bool add_places(struct text *line, const struct bus *bus, const struct selector *guarded)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < bus->count; i++) {
		if (!device_is_twin(guarded, &bus->list[i]))
			continue;
		if (!count)
			add_guard(line, guarded);
		if (count < NAMED)
			text_add(line, "%s%s", count ? ", " : " is now at ",
				 slot_short(bus->list[i].slot));
		count++;
	}
	if (count > NAMED)
		text_add(line, " and %u more", count - NAMED);
	return count;
}

bool words_of_whereabouts(struct text *line, const char *sysroot, const struct selector *selector)
{
	return words_of_known_whereabouts(line, sysroot, selector, NULL);
}

/* Reads "10de:1e07" into the guard of @selector. */
static void set_guard(struct selector *selector, const char *id)
{
	struct selector parsed;

	if (!id || selector_parse(id, &parsed) || parsed.kind != SELECTOR_ID)
		return;
	selector->guarded = true;
	selector->id = parsed.id;
}

/* Gives @selector the guard that it would have had if it had been given one. */
static void guard_by_known(struct selector *selector, const char *known)
{
	char *copy = strdup(known), *rest = copy, *line, *text;

	while (copy && (line = param_item(&rest, "\n"))) {
		text = param_item(&line, " ");
		if (text && strcmp(text, selector->text) == 0)
			set_guard(selector, param_item(&line, " "));
	}
	free(copy);
}

bool words_of_known_whereabouts(struct text *line, const char *sysroot,
				const struct selector *selector, const char *known)
{
	struct selector guarded = *selector;
	struct bus bus;
	bool any;

	if (selector->kind != SELECTOR_ADDRESS)
		return false;
	if (!selector->guarded && known)
		guard_by_known(&guarded, known);
	if (!guarded.guarded)
		return false;
	bus_read(&bus, sysroot);
	any = !bus_first(&bus, &guarded) && add_places(line, &bus, &guarded);
	bus_free(&bus);
	return any;
}

/* --- what is to be remembered ------------------------------------------------------------------
 */

static void print_known(FILE *out, const struct bus *bus, const char *text)
{
	const struct device *device;
	const struct pci_id *id;
	struct selector selector;

	if (selector_parse(text, &selector) || selector.kind != SELECTOR_ADDRESS)
		return;
	device = bus_first(bus, &selector);
	if (!device)
		return;
	id = selector_is_wildcard(&selector) ? &device->slot_id : &device->id;
	if (id->vendor)
		fprintf(out, "%s %04x:%04x\n", text, id->vendor, id->device);
}

char *whereabouts_known(const char *sysroot, const char *selectors)
{
	char *copy = strdup(selectors), *cursor = copy, *item, *text = NULL;
	size_t len;
	FILE *out = copy ? open_memstream(&text, &len) : NULL;
	struct bus bus;

	if (out) {
		bus_read(&bus, sysroot);
		while ((item = param_item(&cursor, ",")))
			print_known(out, &bus, item);
		bus_free(&bus);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	free(copy);
	return text;
}
