/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "node_users.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/sysfs.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "sysfs_walk.h"

/* Fixed for this driver, which makes its nodes without sysfs (Documentation/admin-guide/devices.txt
 * has 195 as reserved). */
#define NVIDIA_MAJOR 195

/* --- which nodes there are ---------------------------------------------------------------------
 */

/* Adds the node that a directory of sysfs describes, if it does. @name: new, kept or freed. */
static void add_node(struct nodes *nodes, const char *sysroot, const char *path, char *name)
{
	struct node node = { .name = name };
	char *dev = sysroot_read(sysroot, "%s/dev", path);

	if (!name || !dev || sscanf(dev, "%u:%u", &node.major, &node.minor) != 2 ||
	    array_add(&nodes->list, &nodes->count, &node, sizeof(node)) < 0)
		free(name);
	free(dev);
}

/* Where the kernel has its drivers put their nodes (the devnode() of their classes). */
static const struct place {
	const char *subsystem, *directory;
} places[] = {
	{ "drm", "dri/" },
	{ "accel", "accel/" },
	{ "sound", "snd/" },
	{ "block", "" },
	{ "infiniband_verbs", "infiniband/" },
};

#define PLACE_COUNT (sizeof(places) / sizeof(places[0]))

/* Where the nodes of a walk go. */
struct adding {
	struct nodes *nodes;
	const char *sysroot;
	const char *directory; /* below /dev, with a slash behind it, or "" */
};

static void add_found(void *to, const char *path)
{
	const struct adding *adding = to;
	char *name, *mark;

	if (asprintf(&name, "%s%s", adding->directory, strrchr(path, '/') + 1) < 0)
		return;
	/* The kernel writes the slashes of a node's name as '!'. */
	while ((mark = strchr(name, '!')))
		*mark = '/';
	add_node(adding->nodes, adding->sysroot, path, name);
}

/* The number behind "Device Minor:", or -1. */
static long nvidia_minor(const char *sysroot, const char *slot)
{
	char *path, *located = NULL, *text, *at;
	long minor = -1;

	if (asprintf(&path, "/proc/driver/nvidia/gpus/%s/information", slot) < 0)
		return -1;
	located = path_below(sysroot, path);
	free(path);
	text = located ? sysfs_read_all(AT_FDCWD, located) : NULL;
	at = text ? strstr(text, "Device Minor:") : NULL;
	if (at)
		minor = strtol(at + strlen("Device Minor:"), NULL, 10);
	free(text);
	free(located);
	return minor;
}

static void add_nvidia(const char *sysroot, const char *slot, struct nodes *nodes)
{
	struct node node = { .major = NVIDIA_MAJOR };
	long minor = nvidia_minor(sysroot, slot);

	if (minor < 0 || asprintf(&node.name, "nvidia%ld", minor) < 0)
		return;
	node.minor = (unsigned int)minor;
	if (array_add(&nodes->list, &nodes->count, &node, sizeof(node)) < 0)
		free(node.name);
}

void nodes_of_driver(const char *sysroot, const struct device *device, struct nodes *nodes)
{
	struct adding adding = { nodes, sysroot, NULL };
	size_t i;

	for (i = 0; i < PLACE_COUNT; i++) {
		adding.directory = places[i].directory;
		walk_below(sysroot, device->slot, places[i].subsystem, add_found, &adding);
	}
	if (strcmp(device->driver, "nvidia") == 0)
		add_nvidia(sysroot, device->slot, nodes);
}

/* @before: in front of the group's number, in sysfs and in /dev. */
static void add_group(struct adding *adding, const char *before, const char *group)
{
	char *path = sysroot_real(adding->sysroot, "/sys/class/vfio/%s%s", before, group);

	if (path)
		add_found(adding, path);
	free(path);
}

void nodes_of_vfio(const char *sysroot, const struct device *device, struct nodes *nodes)
{
	struct adding adding = { nodes, sysroot, "vfio/devices/" };

	walk_below(sysroot, device->slot, "vfio-dev", add_found, &adding);
	adding.directory = "vfio/";
	if (!device->group[0])
		return;
	add_group(&adding, "", device->group);
	add_group(&adding, "noiommu-", device->group);
}

void nodes_free(struct nodes *nodes)
{
	size_t i;

	for (i = 0; i < nodes->count; i++)
		free(nodes->list[i].name);
	free(nodes->list);
	*nodes = (struct nodes){ 0 };
}

/* --- who has them open -------------------------------------------------------------------------
 */

/* What stands behind the last slash, or all of it. */
static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Whether the descriptor @fd in @dir, a link to @target, is the node. */
static bool is_node(const struct node *node, const char *sysroot, int dir, const char *fd,
		    const char *target)
{
	struct stat st;

	/* Asking a file about itself can hang where it is far away, so its name comes first. */
	if (strcmp(last_part(target), last_part(node->name)) != 0)
		return false;
	/* There the links are no more than their names. */
	if (sysroot[0])
		return strncmp(target, "/dev/", strlen("/dev/")) == 0 &&
		       strcmp(target + strlen("/dev/"), node->name) == 0;
	return fstatat(dir, fd, &st, 0) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) &&
	       major(st.st_rdev) == node->major && minor(st.st_rdev) == node->minor;
}

/* Adds to @open the names of the nodes that one descriptor is. */
static void look_at_fd(const struct nodes *nodes, const char *sysroot, int dir, const char *fd,
		       struct string_set *open)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(dir, fd, target, sizeof(target) - 1);
	size_t i;

	if (length < 0)
		return;
	target[length] = '\0';
	for (i = 0; i < nodes->count; i++)
		if (is_node(&nodes->list[i], sysroot, dir, fd, target))
			string_set_add(open, nodes->list[i].name);
}

/* "process 812 (Xorg) has /dev/dri/card0, /dev/dri/renderD128 open" */
static void add_user(const char *sysroot, const char *pid, const struct string_set *open,
		     struct string_set *users)
{
	char *comm = sysroot_read(sysroot, "/proc/%s/comm", pid), *sentence = NULL;
	size_t len, i;
	FILE *text = open_memstream(&sentence, &len);

	if (text) {
		fprintf(text, "process %s (%s) has ", pid, comm ? comm : "?");
		for (i = 0; i < open->count; i++)
			fprintf(text, "%s/dev/%s", i ? ", " : "", open->name[i]);
		fputs(" open", text);
		fclose(text);
	}
	if (sentence)
		string_set_add(users, sentence);
	free(sentence);
	free(comm);
}

static void look_at_process(const struct nodes *nodes, const char *sysroot, const char *pid,
			    struct string_set *users)
{
	struct string_set open = { 0 };
	struct dirent *entry;
	char *path, *located;
	DIR *dir;

	if (asprintf(&path, "/proc/%s/fd", pid) < 0)
		return;
	located = path_below(sysroot, path);
	free(path);
	dir = located ? opendir(located) : NULL;
	free(located);
	/* It has ended in the meantime. */
	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			look_at_fd(nodes, sysroot, dirfd(dir), entry->d_name, &open);
	closedir(dir);
	if (open.count)
		add_user(sysroot, pid, &open, users);
	string_set_free(&open);
}

void nodes_users(const char *sysroot, const struct nodes *nodes, struct string_set *users)
{
	struct string_set entries = { 0 };
	size_t i;

	if (nodes->count)
		entries = sysroot_list(sysroot, "/proc");
	for (i = 0; i < entries.count; i++) {
		if (!isdigit((unsigned char)entries.name[i][0]))
			continue;
		if (!sysroot[0] && atol(entries.name[i]) == (long)getpid())
			continue;
		look_at_process(nodes, sysroot, entries.name[i], users);
	}
	string_set_free(&entries);
}
