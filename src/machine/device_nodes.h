/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * device_nodes.h - the device nodes of a PCI function, as sysfs describes them
 */
#ifndef VFIO_CLAIM_MACHINE_DEVICE_NODES_H
#define VFIO_CLAIM_MACHINE_DEVICE_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../core/device.h"

/* A node; the strings are from malloc(3). */
struct device_node {
	char *name; /* below /dev, as the kernel names it: "dri/card0" */
	char *path; /* its directory in sysfs, "/sys/devices/..."; "" for none */
	dev_t number;
	bool block;
};

/* All zero is the empty list. */
struct device_nodes {
	struct device_node *list;
	size_t count;
};

/*
 * Adds every node that the driver of a function has made, and whatever hangs on it, such as the
 * disks behind a USB controller: what has an attribute dev (drivers/base/core.c),
 * NVIDIA's own node, and the groups of mediated devices. Leaves out input devices, whose users cope
 * with their removal. @sysroot: see path_below(), as below.
 */
void device_nodes_add(struct device_nodes *nodes, const char *sysroot, const struct device *device);

/* Adds the nodes of its input devices: keyboards, mice, joysticks. */
void device_nodes_add_input(struct device_nodes *nodes, const char *sysroot,
			    const struct device *device);

/* Adds those over which a virtual machine has it: of its IOMMU group, and its own (cdev). */
void device_nodes_add_vfio(struct device_nodes *nodes, const char *sysroot,
			   const struct device *device);

/* Frees all but the struct itself. */
void device_nodes_free(struct device_nodes *nodes);

#endif
