/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "in_use.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "disks/file_systems.h"
#include "interfaces.h"
#include "node_users.h"
#include "sysfs_walk.h"

void in_use_begin(struct in_use *in_use, const char *sysroot, int sys)
{
	*in_use = (struct in_use){ .sysroot = sysroot, .sys = sys };
	in_use->storage.sysroot = sysroot;
	messages_mute(true);
	file_systems_find_users(&in_use->storage);
	messages_mute(false);
}

void in_use_end(struct in_use *in_use)
{
	protection_free(&in_use->storage);
}

/* The purposes for which the list has @device. */
static void find_storage(const struct in_use *in_use, const struct device *device,
			 struct string_set *users)
{
	const struct protected_function *entry;
	struct device placed = *device;
	struct selector selector;
	size_t i, j;

	pci_path_of(in_use->sys, device->slot, placed.path, sizeof(placed.path));
	for (i = 0; i < in_use->storage.count; i++) {
		entry = &in_use->storage.list[i];
		if (selector_parse(entry->selector, &selector) ||
		    !device_matches(&selector, &placed))
			continue;
		for (j = 0; j < entry->purposes.count; j++)
			string_set_add(users, entry->purposes.name[j]);
	}
}

void in_use_by_host(const struct in_use *in_use, const struct device *device,
		    struct string_set *users)
{
	struct nodes nodes = { 0 };

	find_storage(in_use, device, users);
	interfaces_find_users(in_use->sysroot, device->slot, users);
	nodes_of_driver(in_use->sysroot, device, &nodes);
	nodes_users(in_use->sysroot, &nodes, users);
	nodes_free(&nodes);
}

void in_use_by_guest(const struct in_use *in_use, const struct device *device,
		     struct string_set *users)
{
	struct nodes nodes = { 0 };

	nodes_of_vfio(in_use->sysroot, device, &nodes);
	nodes_users(in_use->sysroot, &nodes, users);
	nodes_free(&nodes);
}

/* --- what a display shows ----------------------------------------------------------------------
 */

struct outputs {
	const char *sysroot;
	char *list;
};

/* A connector is below its card, "card0-DP-1" (Documentation/gpu/drm-uapi.rst). */
static void add_output(void *to, const char *path)
{
	struct outputs *outputs = to;
	const char *name = strchr(strrchr(path, '/'), '-');
	char *enabled = sysroot_read(outputs->sysroot, "%s/enabled", path), *longer;

	if (name && enabled && strcmp(enabled, "enabled") == 0 &&
	    asprintf(&longer, "%s%s%s", outputs->list ? outputs->list : "",
		     outputs->list ? ", " : "", name + 1) >= 0) {
		free(outputs->list);
		outputs->list = longer;
	}
	free(enabled);
}

char *in_use_outputs(const char *sysroot, const char *slot)
{
	struct outputs outputs = { sysroot, NULL };

	walk_below(sysroot, slot, "drm", add_output, &outputs);
	return outputs.list;
}
