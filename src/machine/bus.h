/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus.h - every PCI function of the machine, with what selectors go by, but without names
 */
#ifndef VFIO_CLAIM_MACHINE_BUS_H
#define VFIO_CLAIM_MACHINE_BUS_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/device.h"

/* All zero is a machine without PCI functions. */
struct bus {
	struct device *list; /* as device_identify() fills it in, its path, too; by address */
	size_t count;
};

/*
 * Reads /sys/bus/pci/devices (Documentation/ABI/testing/sysfs-bus-pci). Silently
 * leaves out what cannot be read, or does not fit in memory. @sysroot: see path_below().
 */
void bus_read(struct bus *bus, const char *sysroot);

/* The function at @address, or NULL; it belongs to @bus. */
const struct device *bus_at(const struct bus *bus, const struct pci_address *address);

/* The first function that @selector names, its guard included, or NULL. */
const struct device *bus_first(const struct bus *bus, const struct selector *selector);

/* @slot as people write it: without the domain if that is 0000. Points into @slot. */
const char *slot_short(const char *slot);

/* Frees the list. */
void bus_free(struct bus *bus);

#endif
