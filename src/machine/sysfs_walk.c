/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysfs_walk.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../host/sysroot_files.h"

/* USB hubs are six deep at most, with a few directories for each; nothing else comes near. */
#define DEPTH 64

struct walk {
	const char *sysroot;
	const char *subsystem;
	walk_fn *found;
	void *to;
};

/* Returns true if it is a directory itself, not a link to one; there are no links further up. */
static bool is_below(const char *sysroot, const char *path)
{
	struct stat st;
	char *located;
	bool is;

	if (asprintf(&located, "%s%s", sysroot, path) < 0)
		return false;
	is = lstat(located, &st) == 0 && S_ISDIR(st.st_mode);
	free(located);
	return is;
}

static void tell(const struct walk *walk, const char *path)
{
	char *subsystem = sysroot_real(walk->sysroot, "%s/subsystem", path);
	const char *slash = subsystem ? strrchr(subsystem, '/') : NULL;

	if (slash && (!walk->subsystem || strcmp(slash + 1, walk->subsystem) == 0))
		walk->found(walk->to, path, slash + 1);
	free(subsystem);
}

static void descend(const struct walk *walk, const char *directory, int depth)
{
	struct string_set entries = { 0 };
	char *path;
	size_t i;

	if (depth < DEPTH)
		entries = sysroot_list(walk->sysroot, "%s", directory);
	for (i = 0; i < entries.count; i++) {
		if (asprintf(&path, "%s/%s", directory, entries.name[i]) < 0)
			break;
		if (is_below(walk->sysroot, path)) {
			tell(walk, path);
			descend(walk, path, depth + 1);
		}
		free(path);
	}
	string_set_free(&entries);
}

void walk_below(const char *sysroot, const char *slot, const char *subsystem, walk_fn *found,
		void *to)
{
	const struct walk walk = { sysroot, subsystem, found, to };
	char *path = sysroot_real(sysroot, "/sys/bus/pci/devices/%s", slot);

	if (path)
		descend(&walk, path, 0);
	free(path);
}
