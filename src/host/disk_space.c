/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk_space.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../core/array.h"
#include "sysroot.h"
#include "write_file.h"

/* The most that the boot program and vfio's modules add to an image, compressed or not. */
#define GROWTH (1024 * 1024)

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

/* --- file systems ------------------------------------------------------------------------------
 */

/* Removes the last component. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash && slash > path)
		*slash = '\0';
	else if (slash)
		slash[1] = '\0';
}

/* Finds the file system of a directory. Returns false if there is no such directory. */
static bool device_of(const char *sysroot, const char *directory, dev_t *device)
{
	char *path = path_below(sysroot, directory);
	struct stat st;
	bool is = path && stat(path, &st) == 0 && S_ISDIR(st.st_mode);

	if (is)
		*device = st.st_dev;
	free(path);
	return is;
}

/*
 * Returns the topmost directory of the file system that has or will have a file, as a path below
 * @sysroot: a new string, or NULL.
 */
static char *find_mount(const char *sysroot, const char *file, dev_t *device)
{
	char *directory = path_within(sysroot, file), *above;
	bool found = false;
	dev_t other;

	while (directory && directory[1] && !found) {
		go_up(directory);
		found = device_of(sysroot, directory, device);
	}
	while (found && directory[1] && (above = strdup(directory))) {
		go_up(above);
		if (!device_of(sysroot, above, &other) || other != *device) {
			free(above);
			break;
		}
		free(directory);
		directory = above;
	}
	if (found)
		return directory;
	free(directory);
	return NULL;
}

/* Returns the entry for the file system of @file, which is added if necessary, or NULL. */
static struct disk_space_need *find_need(struct disk_space *space, const char *sysroot,
					 const char *file)
{
	struct disk_space_need need = { 0 };
	size_t i;

	need.directory = find_mount(sysroot, file, &need.device);
	need.path = need.directory ? path_below(sysroot, need.directory) : NULL;
	for (i = 0; need.path && i < space->count && space->list[i].device != need.device; i++)
		;
	if (need.path && i == space->count &&
	    array_add(&space->list, &space->count, &need, sizeof(need)) == 0)
		return &space->list[i];
	free(need.path);
	free(need.directory);
	return i < space->count ? &space->list[i] : NULL;
}

/* Rounds up: files use whole blocks. */
static unsigned long long whole_blocks(const struct disk_space_need *need, unsigned long long size)
{
	struct statvfs figures;

	if (statvfs(need->path, &figures) < 0 || !figures.f_frsize)
		return size;
	return (size + figures.f_frsize - 1) / figures.f_frsize * figures.f_frsize;
}

/* Returns its size, 0 if there is no such file. */
static unsigned long long size_of(const char *sysroot, const char *file)
{
	char *path = path_below(sysroot, file);
	struct stat st;
	bool known = path && stat(path, &st) == 0 && S_ISREG(st.st_mode);

	free(path);
	return known ? (unsigned long long)st.st_size : 0;
}

/* --- noting ------------------------------------------------------------------------------------
 */

static void note(struct disk_space_need *need, unsigned long long at_once, unsigned long long stays)
{
	if (need->stays + at_once > need->peak)
		need->peak = need->stays + at_once;
	need->stays += stays;
}

/* Notes what the file system of @file needs. */
static void note_at(struct disk_space *space, const char *file, unsigned long long at_once,
		    unsigned long long stays)
{
	struct disk_space_need *need = find_need(space, space->sysroot, file);

	if (need)
		note(need, whole_blocks(need, at_once), stays);
}

void disk_space_write(struct disk_space *space, const char *file, unsigned long long size)
{
	unsigned long long old = size_of(space->sysroot, file);

	note_at(space, file, size, size > old ? size - old : 0);
}

bool disk_space_is_image(const char *path)
{
	const char *name = strrchr(path, '/'), *end = strrchr(path, '.');

	/* An add-on has no kernel. */
	if (strstr(path, ".addon.efi"))
		return false;
	return name && (strncmp(name, "/initr", strlen("/initr")) == 0 ||
			(end && strcasecmp(end, ".efi") == 0));
}

void disk_space_remake(struct disk_space *space, const char *file, const char *command)
{
	static const char beside[] = "update-initramfs";
	unsigned long long size = size_of(space->sysroot, file);
	unsigned long long growth = disk_space_is_image(file) ? GROWTH : 0;

	if (!growth || strncmp(command, beside, strlen(beside)) == 0)
		note_at(space, file, size + growth, growth);
	else
		note_at(space, file, growth, growth);
}

void disk_space_keep_copy(struct disk_space *space, const char *file)
{
	unsigned long long size = size_of(space->sysroot, file);
	char *directory = scratch_directory(), *copy = NULL;
	struct disk_space_need *need = NULL;

	if (size && directory && asprintf(&copy, "%s/copy", directory) >= 0)
		need = find_need(space, "", copy);
	if (need)
		note(need, whole_blocks(need, size), size);
	free(copy);
	free(directory);
}

void disk_space_free(struct disk_space *space)
{
	while (space->count) {
		struct disk_space_need *need = &space->list[--space->count];

		free(need->directory);
		free(need->path);
	}
	free(space->list);
	space->list = NULL;
}

/* --- answering ---------------------------------------------------------------------------------
 */

/* "3.5 MiB", "12 KiB" */
static void write_size(char *text, size_t size, unsigned long long bytes)
{
	if ((double)bytes >= MIB)
		snprintf(text, size, "%.1f MiB", (double)bytes / MIB);
	else
		snprintf(text, size, "%.0f KiB", (double)(bytes + 1023) / KIB);
}

char *disk_space_missing(const struct disk_space *space, size_t index)
{
	const struct disk_space_need *need = &space->list[index];
	char missing[32], wanted[32], there[32], *what;
	unsigned long long available;
	struct statvfs figures;

	if (statvfs(need->path, &figures) < 0 || !figures.f_blocks)
		return NULL;
	/* Root may use the reserved blocks. */
	available = (unsigned long long)figures.f_frsize *
		    (geteuid() == 0 ? figures.f_bfree : figures.f_bavail);
	if (need->peak <= available)
		return NULL;
	write_size(missing, sizeof(missing), need->peak - available);
	write_size(wanted, sizeof(wanted), need->peak);
	write_size(there, sizeof(there), available);
	if (asprintf(&what,
		     "%s: not enough space for what is to be written: %s short (%s needed, %s "
		     "free); make room there first, for example by removing old kernels",
		     need->directory, missing, wanted, there) < 0)
		return NULL;
	return what;
}
