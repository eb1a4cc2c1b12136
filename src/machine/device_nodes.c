/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device_nodes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../core/array.h"
#include "../host/file_backup.h"
#include "../host/sysroot_files.h"
#include "sysfs_walk.h"

/* This driver makes its nodes without sysfs, with a number of its own
 * (Documentation/admin-guide/devices.txt). */
#define NVIDIA_DRIVER "nvidia"
#define NVIDIA_MAJOR  195

#define INPUT "input"

/* Where the nodes of a walk go. */
struct adding {
	struct device_nodes *nodes;
	const char *sysroot;
	const char *directory; /* of nodes below /dev whose uevent has no name */
};

static void node_free(struct device_node *node)
{
	free(node->name);
	free(node->path);
}

static void add(struct device_nodes *nodes, struct device_node *node)
{
	if (!node->name || !node->path ||
	    array_add(&nodes->list, &nodes->count, node, sizeof(*node)) < 0)
		node_free(node);
}

/* What the kernel calls the node (DEVNAME in its uevent), or its directory: a new string. */
static char *name_of(const struct adding *adding, const char *path)
{
	static const char key[] = "DEVNAME=";
	char *uevent, *name, *at = NULL;

	if (asprintf(&name, "%s/uevent", path) < 0)
		return NULL;
	uevent = file_text(adding->sysroot, name);
	free(name);
	if (uevent)
		at = strncmp(uevent, key, strlen(key)) == 0 ? uevent : strstr(uevent, "\nDEVNAME=");
	if (at) {
		at = strchr(at, '=') + 1;
		name = strndup(at, strcspn(at, "\n"));
	} else if (asprintf(&name, "%s%s", adding->directory, strrchr(path, '/') + 1) < 0) {
		name = NULL;
	}
	free(uevent);
	return name;
}

/* Adds the node that a directory of sysfs describes, if it does. */
static void add_described(const struct adding *adding, const char *path, const char *subsystem)
{
	char *dev = sysroot_read(adding->sysroot, "%s/dev", path);
	struct device_node node = { .block = strcmp(subsystem, "block") == 0 };
	unsigned int major, minor;

	if (dev && sscanf(dev, "%u:%u", &major, &minor) == 2) {
		node.number = makedev(major, minor);
		node.name = name_of(adding, path);
		node.path = strdup(path);
		add(adding->nodes, &node);
	}
	free(dev);
}

/* A group of vfio's: its directory is not below that of the device. @before: in front of its
 * number, in sysfs and in /dev. */
static void add_group(const struct adding *adding, const char *before, const char *group)
{
	const struct adding below = { adding->nodes, adding->sysroot, "vfio/" };
	char *path = sysroot_real(adding->sysroot, "/sys/class/vfio/%s%s", before, group);

	if (path)
		add_described(&below, path, "vfio");
	free(path);
}

/* A mediated device: a virtual machine has it by a group of its own. */
static void add_mediated(const struct adding *adding, const char *path)
{
	char *group = sysroot_real(adding->sysroot, "%s/iommu_group", path);

	if (group)
		add_group(adding, "", strrchr(group, '/') + 1);
	free(group);
}

static void add_any(void *to, const char *path, const char *subsystem)
{
	if (strcmp(subsystem, INPUT) == 0)
		return;
	add_described(to, path, subsystem);
	if (strcmp(subsystem, "mdev") == 0)
		add_mediated(to, path);
}

static void add_one(void *to, const char *path, const char *subsystem)
{
	add_described(to, path, subsystem);
}

/* The number behind "Device Minor:", or -1. */
static long nvidia_minor(const char *sysroot, const char *slot)
{
	char *path, *text, *at;
	long minor = -1;

	if (asprintf(&path, "/proc/driver/nvidia/gpus/%s/information", slot) < 0)
		return -1;
	text = file_text(sysroot, path);
	at = text ? strstr(text, "Device Minor:") : NULL;
	if (at)
		minor = strtol(at + strlen("Device Minor:"), NULL, 10);
	free(text);
	free(path);
	return minor;
}

static void add_nvidia(struct device_nodes *nodes, const char *sysroot, const char *slot)
{
	struct device_node node = { .name = NULL };
	long minor = nvidia_minor(sysroot, slot);

	if (minor < 0 || asprintf(&node.name, "nvidia%ld", minor) < 0)
		return;
	node.path = strdup("");
	node.number = makedev(NVIDIA_MAJOR, (unsigned int)minor);
	add(nodes, &node);
}

void device_nodes_add(struct device_nodes *nodes, const char *sysroot, const struct device *device)
{
	struct adding adding = { nodes, sysroot, "" };

	walk_below(sysroot, device->slot, NULL, add_any, &adding);
	if (strcmp(device->driver, NVIDIA_DRIVER) == 0)
		add_nvidia(nodes, sysroot, device->slot);
}

void device_nodes_add_input(struct device_nodes *nodes, const char *sysroot,
			    const struct device *device)
{
	struct adding adding = { nodes, sysroot, "input/" };

	walk_below(sysroot, device->slot, INPUT, add_one, &adding);
}

void device_nodes_add_vfio(struct device_nodes *nodes, const char *sysroot,
			   const struct device *device)
{
	struct adding adding = { nodes, sysroot, "vfio/devices/" };

	walk_below(sysroot, device->slot, "vfio-dev", add_one, &adding);
	if (!device->group[0])
		return;
	add_group(&adding, "", device->group);
	add_group(&adding, "noiommu-", device->group);
}

void device_nodes_free(struct device_nodes *nodes)
{
	while (nodes->count)
		node_free(&nodes->list[--nodes->count]);
	free(nodes->list);
	*nodes = (struct device_nodes){ 0 };
}
