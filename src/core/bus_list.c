/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus_list.h"

#include <stdlib.h>
#include <string.h>

#include "sysfs.h"
#include "text.h"

/* A bus, and a device and a function on it. */
#define PLACES 0x10000

static bool all_have_vendors(const struct selectors *claims)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].kind != SELECTOR_ID || claims->item[i].id.vendor == PCI_ANY)
			return false;
	return true;
}

static bool is_named(const struct selectors *claims, uint32_t vendor, uint32_t device)
{
	const struct pci_id *id;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		id = &claims->item[i].id;
		if (id->vendor == vendor && (id->device == device || id->device == PCI_ANY))
			return true;
	}
	return false;
}

/*
 * Reads "0100\t12341111\t..." (drivers/pci/proc.c: show_device()), line by line. Returns whether
 * all of it could be understood.
 */
static bool mark(bool *found, const char *line, const struct selectors *claims)
{
	uint32_t place, id;

	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!text_read_digits(&line, 4, &place) || *line++ != '\t' ||
		    !text_read_digits(&line, 8, &id))
			return false;
		found[place] |= is_named(claims, id >> 16, id & 0xffff);
	}
	return true;
}

bool *bus_list_find(int sys, const struct selectors *claims)
{
	char *list =
		all_have_vendors(claims) ? sysfs_read_all(sys, "../proc/bus/pci/devices") : NULL;
	bool *found = list ? calloc(PLACES, 1) : NULL;

	if (found && !mark(found, list, claims)) {
		free(found);
		found = NULL;
	}
	free(list);
	return found;
}

unsigned int bus_list_place(const struct pci_address *address)
{
	return address->bus << 8 | address->device << 3 | address->function;
}
