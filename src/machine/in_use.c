/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "in_use.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "device_nodes.h"
#include "disks/disks_in_use.h"
#include "interfaces.h"
#include "processes.h"
#include "sysfs_walk.h"

void in_use_begin(struct in_use *in_use, const char *sysroot, int sys)
{
	*in_use = (struct in_use){ .sysroot = sysroot, .sys = sys };
	in_use->storage.sysroot = sysroot;
	messages_mute(true);
	disks_in_use_find(&in_use->storage, &in_use->known);
	messages_mute(false);
	open_nodes_read(&in_use->open, sysroot);
	interfaces_find_far(&in_use->far, sysroot);
}

void in_use_end(struct in_use *in_use)
{
	protection_free(&in_use->storage);
	string_set_free(&in_use->known);
	open_nodes_free(&in_use->open);
	interfaces_free_far(&in_use->far);
}

/* Appends @before and @name to a list with commas, a new string or NULL. */
static void add_to_list(char **list, const char *before, const char *name)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s%s", *list ? *list : "", *list ? ", " : "", before, name) < 0)
		return;
	free(*list);
	*list = longer;
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

/* --- nodes ------------------------------------------------------------------------------------
 */

/* Its daemon keeps a card initialized without a file that is open. The kernel cuts the name. */
#define NVIDIA_DAEMON "nvidia-persistenced"

static void find_nvidia_daemon(const char *sysroot, struct string_set *users)
{
	struct string_set pids = processes_list(sysroot);
	char *name, *sentence;
	size_t i;

	for (i = 0; i < pids.count; i++) {
		name = process_name(sysroot, pids.name[i]);
		if (name && strncmp(name, NVIDIA_DAEMON, 15) == 0 &&
		    asprintf(&sentence,
			     "process %s (" NVIDIA_DAEMON ") keeps it initialized: stop it first, "
			     "'systemctl stop " NVIDIA_DAEMON "'",
			     pids.name[i]) >= 0) {
			string_set_add(users, sentence);
			free(sentence);
		}
		free(name);
	}
	string_set_free(&pids);
}

/*
 * Returns true if the kernel itself holds a block device: a mounted file system, md, device-mapper,
 * an exported disk. Opening it exclusively fails then (open(2), O_EXCL); O_NONBLOCK waits for no
 * medium.
 */
static bool is_held(const char *sysroot, const struct device_node *node)
{
	char *path, *located = NULL;
	bool held = false;
	struct stat st;
	int fd;

	if (asprintf(&path, "/dev/%s", node->name) >= 0) {
		located = path_below(sysroot, path);
		free(path);
	}
	if (located && stat(located, &st) == 0 && S_ISBLK(st.st_mode) &&
	    st.st_rdev == node->number) {
		fd = open(located, O_RDONLY | O_EXCL | O_NONBLOCK | O_CLOEXEC);
		held = fd < 0 && errno == EBUSY;
		if (fd >= 0)
			close(fd);
	}
	free(located);
	return held;
}

/* Returns true if a partition of the disk @node is among those that are held, or already known. */
static bool is_by_partition(const struct in_use *in_use, const struct device_nodes *nodes,
			    const struct device_node *node)
{
	size_t i, len = strlen(node->path);

	for (i = 0; i < nodes->count; i++) {
		const struct device_node *part = &nodes->list[i];

		if (part->block && strncmp(part->path, node->path, len) == 0 &&
		    part->path[len] == '/' &&
		    (string_set_have(&in_use->known, part->path) || is_held(in_use->sysroot, part)))
			return true;
	}
	return false;
}

/* Block devices that are held by what nothing else has explained. */
static void find_held(const struct in_use *in_use, const struct device_nodes *nodes,
		      struct string_set *users)
{
	const struct device_node *node;
	char *sentence;
	size_t i;

	for (i = 0; i < nodes->count; i++) {
		node = &nodes->list[i];
		if (!node->block || string_set_have(&in_use->known, node->path) ||
		    open_nodes_has(&in_use->open, node) || !is_held(in_use->sysroot, node) ||
		    is_by_partition(in_use, nodes, node) ||
		    asprintf(&sentence,
			     "the kernel holds /dev/%s: for a mount, a volume, an exported disk or "
			     "the like",
			     node->name) < 0)
			continue;
		string_set_add(users, sentence);
		free(sentence);
	}
}

void in_use_by_system(const struct in_use *in_use, const struct device *device,
		      struct string_set *users)
{
	struct device_nodes nodes = { 0 };

	find_storage(in_use, device, users);
	interfaces_find_users(in_use->sysroot, device->slot, users);
	interfaces_add_far(&in_use->far, in_use->sysroot, device->slot, users);
	device_nodes_add(&nodes, in_use->sysroot, device);
	find_held(in_use, &nodes, users);
	device_nodes_free(&nodes);
}

void in_use_find_pids(const struct in_use *in_use, const struct device *device,
		      struct string_set *pids)
{
	struct device_nodes nodes = { 0 };

	device_nodes_add(&nodes, in_use->sysroot, device);
	open_nodes_find_pids(&in_use->open, &nodes, pids);
	device_nodes_free(&nodes);
}

void in_use_by_host(const struct in_use *in_use, const struct device *device,
		    struct string_set *users)
{
	struct device_nodes nodes = { 0 };

	in_use_by_system(in_use, device, users);
	device_nodes_add(&nodes, in_use->sysroot, device);
	open_nodes_find_users(&in_use->open, in_use->sysroot, &nodes, users);
	if (strcmp(device->driver, "nvidia") == 0)
		find_nvidia_daemon(in_use->sysroot, users);
	device_nodes_free(&nodes);
}

void in_use_by_guest(const struct in_use *in_use, const struct device *device,
		     struct string_set *users)
{
	struct device_nodes nodes = { 0 };
	struct open_nodes open = { 0 };

	device_nodes_add_vfio(&nodes, in_use->sysroot, device);
	if (nodes.count)
		open_nodes_read(&open, in_use->sysroot);
	open_nodes_find_users(&open, in_use->sysroot, &nodes, users);
	open_nodes_free(&open);
	device_nodes_free(&nodes);
}

char *in_use_inputs(const char *sysroot, const struct device *device)
{
	struct device_nodes nodes = { 0 };
	struct open_nodes open = { 0 };
	char *list = NULL;
	size_t i;

	device_nodes_add_input(&nodes, sysroot, device);
	if (nodes.count)
		open_nodes_read(&open, sysroot);
	for (i = 0; i < nodes.count; i++)
		if (open_nodes_has(&open, &nodes.list[i]))
			add_to_list(&list, "/dev/", nodes.list[i].name);
	open_nodes_free(&open);
	device_nodes_free(&nodes);
	return list;
}

/* --- what a display shows ----------------------------------------------------------------------
 */

struct outputs {
	const char *sysroot;
	char *list;
};

/* A connector is below its card, "card0-DP-1" (Documentation/gpu/drm-uapi.rst). */
static void add_output(void *to, const char *path, const char *subsystem)
{
	struct outputs *outputs = to;
	const char *name = strchr(strrchr(path, '/'), '-');
	char *enabled = sysroot_read(outputs->sysroot, "%s/enabled", path);

	(void)subsystem;
	if (name && enabled && strcmp(enabled, "enabled") == 0)
		add_to_list(&outputs->list, "", name + 1);
	free(enabled);
}

char *in_use_outputs(const char *sysroot, const char *slot)
{
	struct outputs outputs = { sysroot, NULL };

	walk_below(sysroot, slot, "drm", add_output, &outputs);
	return outputs.list;
}
