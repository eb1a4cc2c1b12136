/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whereabouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../core/text.h"
#include "../host/claim_words.h"
#include "../machine/bus.h"
#include "boot_plan.h"

#define REMEMBERED "/var/lib/vfio-claim/enabled"
#define KEY        "device"

/* The maximum number of places named. */
#define NAMED 3

/* What is here now, and what was remembered. */
struct here {
	struct bus bus;
	char *remembered; /* or NULL */
};

static void look(struct here *here, const char *sysroot)
{
	*here = (struct here){ 0 };
	bus_read(&here->bus, sysroot);
	if (boot_plan_read_text(sysroot, REMEMBERED, &here->remembered) < 0)
		here->remembered = NULL;
}

static void look_away(struct here *here)
{
	bus_free(&here->bus);
	free(here->remembered);
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

/* Gives @selector, which has no guard, the guard of the device that was there when it was set. */
static void guard_by_memory(struct selector *selector, const char *remembered)
{
	char *copy = strdup(remembered), *rest = copy, *line, *key, *text;

	while (copy && (line = param_item(&rest, "\n"))) {
		key = param_item(&line, "=");
		text = key && strcmp(key, KEY) == 0 ? param_item(&line, " ") : NULL;
		if (text && strcmp(text, selector->text) == 0)
			set_guard(selector, param_item(&line, " "));
	}
	free(copy);
}

static void add_id(struct text *line, const struct pci_id *id)
{
	if (id->vendor == PCI_ANY)
		text_add(line, "*:");
	else
		text_add(line, "%04x:", id->vendor);
	if (id->device == PCI_ANY)
		text_add(line, "*");
	else
		text_add(line, "%04x", id->device);
}

/* Appends " is now at 03:00.0, 04:00.0". Returns true if it is anywhere. */
static bool add_places(struct text *line, const struct bus *bus, const struct selector *guarded)
{
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < bus->count; i++) {
		if (!device_is_twin(guarded, &bus->list[i]))
			continue;
		if (count < NAMED)
			text_add(line, "%s%s", count ? ", " : " is now at ",
				 slot_short(bus->list[i].slot));
		count++;
	}
	if (count > NAMED)
		text_add(line, " and %u more", count - NAMED);
	return count;
}

static bool any_meant(const struct bus *bus, const struct selector *selector)
{
	size_t i;

	for (i = 0; i < bus->count; i++)
		if (device_is_meant(selector, &bus->list[i]))
			return true;
	return false;
}

/* Returns true if there is something to say about @claim. @moved: its device is elsewhere. */
static bool make_line(struct text *line, const struct here *here, const struct selector *claim,
		      bool *moved)
{
	struct selector guarded = *claim;

	*moved = false;
	/* Below a bridge may be anything. */
	if (claim->kind != SELECTOR_ADDRESS || selector_is_below(claim))
		return false;
	if (!claim->guarded && here->remembered)
		guard_by_memory(&guarded, here->remembered);
	if (!guarded.guarded || bus_first(&here->bus, &guarded))
		return false;
	text_set(line, "%s", "");
	if (!claim->guarded)
		text_add(line, "when 'vfio-claim enable' set it, this was ");
	add_id(line, &guarded.id);
	if (!claim->guarded)
		text_add(line, ", which");
	*moved = add_places(line, &here->bus, &guarded);
	if (*moved)
		return true;
	text_add(line, " is not here now");
	return !claim->guarded && any_meant(&here->bus, claim);
}

static bool any_address(const struct selectors *claims)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].kind == SELECTOR_ADDRESS)
			return true;
	return false;
}

void whereabouts_tell(const char *sysroot, const struct selectors *claims, whereabouts_fn *tell,
		      void *to)
{
	struct here here;
	struct text line;
	bool moved;
	size_t i;

	if (!any_address(claims))
		return;
	look(&here, sysroot);
	for (i = 0; i < claims->count; i++)
		if (make_line(&line, &here, &claims->item[i], &moved))
			tell(to, &claims->item[i], line.data);
	look_away(&here);
}

bool whereabouts_moved(const char *sysroot, const struct selector *claim)
{
	struct here here;
	struct text line;
	bool moved;

	look(&here, sysroot);
	make_line(&line, &here, claim, &moved);
	look_away(&here);
	return moved;
}

/* --- what to remember --------------------------------------------------------------------------
 */

static void print_device(FILE *out, const struct bus *bus, const char *text)
{
	const struct device *device;
	const struct pci_id *id;
	struct selector selector;

	if (selector_parse(text, &selector) || selector.kind != SELECTOR_ADDRESS ||
	    selector.guarded || selector_is_below(&selector))
		return;
	device = bus_first(bus, &selector);
	if (!device)
		return;
	id = selector.wildcard ? &device->slot_id : &device->id;
	if (id->vendor)
		fprintf(out, KEY " = %s %04x:%04x\n", text, id->vendor, id->device);
}

static void print_devices(FILE *out, const char *sysroot, char *claims)
{
	struct bus bus;
	char *item;

	bus_read(&bus, sysroot);
	while (claims && (item = param_item(&claims, ",")))
		print_device(out, &bus, item);
	bus_free(&bus);
}

char *whereabouts_lines(const char *sysroot, const char *words)
{
	struct wishes wishes = { 0 };
	char *text = NULL;
	size_t len;
	FILE *out = wishes_read(&wishes, words) == 0 ? open_memstream(&text, &len) : NULL;

	if (out) {
		print_devices(out, sysroot, wishes.claims);
		if (fclose(out) != 0) {
			free(text);
			text = NULL;
		}
	}
	wishes_free(&wishes);
	return text;
}
