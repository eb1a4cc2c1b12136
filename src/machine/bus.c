/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/text.h"
#include "../host/sysroot.h"

static const struct device_needs needs = { .claim_path = true };

static int compare(const void *a, const void *b)
{
	return address_compare(&((const struct device *)a)->address,
			       &((const struct device *)b)->address);
}

static void add(struct bus *bus, int sys, const char *name)
{
	struct pci_address address;
	struct device device;

	if (!address_parse(name, &address))
		return;
	device_identify(&device, sys, &address, &needs);
	array_add(&bus->list, &bus->count, &device, sizeof(device));
}

/* A guard of a whole slot goes by its first function. */
static void find_slot_ids(struct bus *bus)
{
	const struct device *first;
	struct pci_address address;
	size_t i;

	for (i = 0; i < bus->count; i++) {
		address = bus->list[i].address;
		address.function = 0;
		first = bus_at(bus, &address);
		if (first)
			bus->list[i].slot_id = first->id;
	}
}

void bus_read(struct bus *bus, const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *dir = sys >= 0 ? sysfs_open_dir(sys, "bus/pci/devices") : NULL;
	const char *name;

	*bus = (struct bus){ 0 };
	while (dir && (name = sysfs_next_entry(dir)))
		add(bus, sys, name);
	if (bus->count)
		qsort(bus->list, bus->count, sizeof(*bus->list), compare);
	find_slot_ids(bus);
	if (dir)
		closedir(dir);
	if (sys >= 0)
		close(sys);
	free(path);
}

const struct device *bus_at(const struct bus *bus, const struct pci_address *address)
{
	const struct device wanted = { .address = *address };

	return bus->count ? bsearch(&wanted, bus->list, bus->count, sizeof(wanted), compare) : NULL;
}

const struct device *bus_first(const struct bus *bus, const struct selector *selector)
{
	size_t i;

	for (i = 0; i < bus->count; i++)
		if (device_matches(selector, &bus->list[i]))
			return &bus->list[i];
	return NULL;
}

const char *slot_short(const char *slot)
{
	text_skip(&slot, "0000:");
	return slot;
}

void bus_free(struct bus *bus)
{
	free(bus->list);
	*bus = (struct bus){ 0 };
}
