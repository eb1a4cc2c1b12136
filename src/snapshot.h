/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine is: as much of /sys/bus/pci as the requests can touch, and no more. An exact
 * slot is looked up by its name, so that it costs the same however many functions there are; an ID
 * costs one attribute (modalias) of every function.
 */
#ifndef VFIO_CLAIM_SNAPSHOT_H
#define VFIO_CLAIM_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "requests.h"
#include "selector.h"
#include "sysfs.h"

/* One PCI function that a claim names. */
struct device {
	struct pci_address address;
	char slot[SLOT_SIZE]; /* the kernel's name */
	struct pci_id id;
	char driver[DRIVER_SIZE]; /* the empty string when there is none */
	bool id_known;            /* its modalias could be read */
	bool header_known;        /* its config space could be read */
	bool bridge;              /* its header type is not 0 */
	bool boot_vga;            /* the firmware's display */
	bool in_group;            /* it has an iommu_group link */
};

struct snapshot {
	struct device *devices; /* in order of their addresses, each once */
	size_t count;
	bool iommu; /* something in /sys/class/iommu */
};

/*
 * Looks at every function under @root that a claim of @requests names, bridges and kept ones
 * included. Returns 0, or -errno with nothing to be freed: -ENOMEM, or why /sys/bus/pci/devices
 * could not be listed. Relies on Documentation/ABI/testing/sysfs-bus-pci and on pci_modalias' form
 * in drivers/pci/pci-sysfs.c: modalias_show().
 */
int snapshot_take(struct snapshot *snapshot, int root, const struct requests *requests);

/* Frees what snapshot_take() allocated. */
void snapshot_free(struct snapshot *snapshot);

#endif
