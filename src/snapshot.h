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

#include "device.h"
#include "requests.h"

struct snapshot {
	struct device *devices; /* that a claim names, in order of their addresses, each once */
	size_t count;
	bool iommu; /* one of the devices has a group, or something is in /sys/class/iommu */
};

/*
 * Looks at every function in @sys (see sysfs.h) that a claim of @requests names, bridges and kept
 * ones included. Returns 0, or -errno with nothing to be freed: -ENOMEM, or why
 * /sys/bus/pci/devices could not be listed.
 */
int snapshot_take(struct snapshot *snapshot, int sys, const struct requests *requests);

/* Frees what snapshot_take() allocated. */
void snapshot_free(struct snapshot *snapshot);

#endif
