/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine is: as much of /sys/bus/pci as the requests can touch, and no more. An exact
 * slot is looked up by its name, so that it costs the same however many functions there are; an ID
 * or a path costs one or two attributes of every function.
 */
#ifndef VFIO_CLAIM_CORE_SNAPSHOT_H
#define VFIO_CLAIM_CORE_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "device.h"
#include "requests.h"

struct snapshot {
	struct device *devices; /* in order of their addresses, each once */
	size_t count;
	bool iommu;        /* one of the devices has a group, or something is in /sys/class/iommu */
	bool last_storage; /* nothing is known to be protected, and beside the storage that is
			      claimed by its ID or by a bridge above it, nothing here can hold the
			      root file system */
};

/*
 * How closely to look. Reserve needs little and the boot waits for it; what only decides whether
 * vfio-pci will have a device and whether a virtual machine will is for bind.
 */
enum depth {
	DEPTH_RESERVE, /* has_vfs and direct unknown; boot_vga only to keep it; neighbours only with
			  rd.vfio.group=1 */
	DEPTH_ALL,
};

/*
 * Looks at every function in @sys (see sysfs.h) that a claim of @requests names, bridges and kept
 * ones included, at those that share its IOMMU group, and, if one could be taken for another that
 * is protected, at that one. With @only, a slot's name, at that one instead of those that are
 * named; with rd.vfio.group=1 even if it is not. Returns 0, or -errno with nothing to be freed:
 * -ENOMEM, or why /sys/bus/pci/devices could not be listed.
 */
int snapshot_take(struct snapshot *snapshot, int sys, const struct requests *requests,
		  enum depth depth, const char *only);

/*
 * Adds every function that vfio-pci holds (/sys/bus/pci/drivers/vfio-pci), with what decides
 * whether it may stay there. Without @overrides each counts as having one, and none is read.
 * Adds nothing if there is no such driver. Returns 0, or -ENOMEM;
 * @snapshot must be freed in either case.
 */
int snapshot_add_held(struct snapshot *snapshot, int sys, const struct requests *requests,
		      bool overrides);

/*
 * Returns true if a claim names @device by its ID, or by a bridge above it, and none by its own
 * place, which would be the user's own choice.
 */
bool claims_at_large(const struct requests *requests, const struct device *device);

/* Frees what snapshot_take() allocated. */
void snapshot_free(struct snapshot *snapshot);

#endif
