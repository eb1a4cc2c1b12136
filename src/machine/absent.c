/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "absent.h"

#include <stdlib.h>

#include "../host/sysroot_files.h"
#include "bus.h"

#define FUNCTION     "/sys/bus/pci/devices/%s/"
#define CLASS_BRIDGE 0x0604

/* Returns an attribute as a number, or -1 if it is not there. */
static long number_of(const char *sysroot, const struct device *device, const char *attribute)
{
	char *text = sysroot_read(sysroot, FUNCTION "%s", device->slot, attribute);
	long number = text && text[0] ? strtol(text, NULL, 10) : -1;

	free(text);
	return number;
}

/* The routing ID, by which virtual functions are numbered. */
static long routing_id(const struct pci_address *address, unsigned int function)
{
	return address->bus << 8 | address->device << 3 | (long)function;
}

/* Returns true if @address is one of the @total virtual functions of @device, or may be: if their
 * offset is unknown, all on its bus may. */
static bool is_its_function(const char *sysroot, const struct device *device, long total,
			    const struct pci_address *address)
{
	long offset = number_of(sysroot, device, "sriov_offset");
	long stride = number_of(sysroot, device, "sriov_stride");
	long own = routing_id(&device->address, device->address.function), behind;
	bool any = address->function == FUNCTION_ANY;
	unsigned int function = any ? 0 : address->function, last = any ? 7 : function;

	if (offset <= 0)
		return address->bus == device->address.bus;
	for (; function <= last; function++) {
		behind = routing_id(address, function) - own - offset;
		if (behind == 0 ||
		    (behind > 0 && stride > 0 && behind % stride == 0 && behind / stride < total))
			return true;
	}
	return false;
}

static const struct device *find_physical(const struct bus *bus, const char *sysroot,
					  const struct pci_address *address)
{
	const struct device *device;
	size_t i;
	long total;

	for (i = 0; i < bus->count; i++) {
		device = &bus->list[i];
		if (device->address.domain != address->domain)
			continue;
		total = number_of(sysroot, device, "sriov_totalvfs");
		if (total > 0 && is_its_function(sysroot, device, total, address))
			return device;
	}
	return NULL;
}

static bool any_on_bus(const struct bus *bus, const struct pci_address *address)
{
	size_t i;

	for (i = 0; i < bus->count; i++)
		if (bus->list[i].address.domain == address->domain &&
		    bus->list[i].address.bus == address->bus)
			return true;
	return false;
}

static bool is_bridge(const struct device *device)
{
	return device->id.class >> 8 == CLASS_BRIDGE;
}

/* The bridge with the smallest range of bus numbers that includes that of @address. */
static const struct device *find_bridge(const struct bus *bus, const char *sysroot,
					const struct pci_address *address)
{
	const struct device *device, *best = NULL;
	long first, last, fewest = 0x100;
	size_t i;

	for (i = 0; i < bus->count; i++) {
		device = &bus->list[i];
		if (device->address.domain != address->domain || !is_bridge(device))
			continue;
		first = number_of(sysroot, device, "secondary_bus_number");
		last = number_of(sysroot, device, "subordinate_bus_number");
		if (last < first)
			last = first;
		if (first <= 0 || address->bus < first || address->bus > last ||
		    last - first >= fewest)
			continue;
		fewest = last - first;
		best = device;
	}
	return best;
}

/* The bridge behind which a device named by @selector can be plugged in, or NULL. */
static const struct device *find_port(const struct bus *bus, const char *sysroot,
				      const struct selector *selector)
{
	const struct device *device;

	if (!selector->steps)
		return any_on_bus(bus, &selector->address)
			       ? NULL
			       : find_bridge(bus, sysroot, &selector->address);
	device = bus_at(bus, &selector->address);
	return device && is_bridge(device) ? device : NULL;
}

bool words_of_appearance(struct text *line, const char *sysroot, const struct selector *selector)
{
	const struct device *physical = NULL, *port = NULL;
	struct bus bus;

	if (selector->kind != SELECTOR_ADDRESS)
		return false;
	bus_read(&bus, sysroot);
	if (bus_first(&bus, selector)) {
		bus_free(&bus);
		return false;
	}
	if (!selector->steps)
		physical = find_physical(&bus, sysroot, &selector->address);
	if (physical)
		text_add(line, "it will be claimed as soon as %s creates this virtual function",
			 slot_short(physical->slot));
	else
		port = find_port(&bus, sysroot, selector);
	if (port && selector_is_below(selector))
		text_add(line, "all that is plugged in behind %s will be claimed",
			 slot_short(port->slot));
	else if (port)
		text_add(line, "it will be claimed as soon as it is plugged in behind %s",
			 slot_short(port->slot));
	bus_free(&bus);
	return physical || port;
}
