/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PCI function as sysfs shows it, and whether a selector names it. All of it is read without
 * the device's lock, so none of it can block (Documentation/ABI/testing/sysfs-bus-pci).
 */
#ifndef VFIO_CLAIM_DEVICE_H
#define VFIO_CLAIM_DEVICE_H

#include <stdbool.h>

#include "selector.h"
#include "sysfs.h"

struct device {
	struct pci_address address;
	char slot[SLOT_SIZE]; /* the kernel's name */
	struct pci_id id;
	char driver[DRIVER_SIZE]; /* the empty string when there is none */
	bool id_known;            /* its modalias could be read */
	bool bridge;              /* its header type is not 0 */
	bool boot_vga;            /* the firmware's display */
	bool in_group;            /* it has an iommu_group link */
};

/*
 * Reads what every function is known by, of the function at @address, which is not checked to be
 * there: fills address, slot, id and id_known, and clears the rest. @sys: see sysfs.h.
 * Relies on the form of a modalias in drivers/pci/pci-sysfs.c: modalias_show().
 */
void device_identify(struct device *device, int sys, const struct pci_address *address);

/* Reads the rest, of a function that is named. */
void device_inspect(struct device *device, int sys);

/* Whether @selector names @device. */
bool device_matches(const struct selector *selector, const struct device *device);

#endif
