/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../core/array.h"
#include "sysroot.h"
#include "write_file.h"

/* By how much vfio's modules and the program make an image larger, compressed or not. */
#define GROWTH (1024 * 1024)

#define KIB 1024.0
#define MIB (1024.0 * 1024.0)

/* --- file systems ------------------------------------------------------------------------------
 */

/* Cuts the last component off. */
static void go_up(char *path)
{
	char *slash = strrchr(path, '/');

	if (slash && slash > path)
		*slash = '\0';
	else if (slash)
		slash[1] = '\0';
}

/* The file system that the directory is on; false when there is none. */
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
 * Where the file system begins that a file is on, or will be: the directory, as the machine calls
 * it, no further up than @sysroot. A new string, or NULL.
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

/* The entry for the file system that @file is on, made if need be; NULL when it is on none. */
static struct room_need *find_need(struct room *room, const char *sysroot, const char *file)
{
	struct room_need need = { 0 };
	size_t i;

	need.directory = find_mount(sysroot, file, &need.device);
	need.path = need.directory ? path_below(sysroot, need.directory) : NULL;
	for (i = 0; need.path && i < room->count && room->list[i].device != need.device; i++)
		;
	if (need.path && i == room->count &&
	    array_add(&room->list, &room->count, &need, sizeof(need)) == 0)
		return &room->list[i];
	free(need.path);
	free(need.directory);
	return i < room->count ? &room->list[i] : NULL;
}

/* Files take whole blocks. */
static unsigned long long whole_blocks(const struct room_need *need, unsigned long long size)
{
	struct statvfs figures;

	if (statvfs(need->path, &figures) < 0 || !figures.f_frsize)
		return size;
	return (size + figures.f_frsize - 1) / figures.f_frsize * figures.f_frsize;
}

/* Its size, 0 when it is not there. */
static unsigned long long size_of(const char *sysroot, const char *file)
{
	char *path = path_below(sysroot, file);
	struct stat st;
	bool known = path && stat(path, &st) == 0 && S_ISREG(st.st_mode);

	free(path);
	return known ? (unsigned long long)st.st_size : 0;
}

/* --- what is noted -----------------------------------------------------------------------------
 */

static void note(struct room_need *need, unsigned long long at_once, unsigned long long stays)
{
	if (need->stays + at_once > need->peak)
		need->peak = need->stays + at_once;
	need->stays += stays;
}

/* Notes what is needed on the file system of @file. */
static void note_at(struct room *room, const char *file, unsigned long long at_once,
		    unsigned long long stays)
{
	struct room_need *need = find_need(room, room->sysroot, file);

	if (need)
		note(need, whole_blocks(need, at_once), stays);
}

void room_write(struct room *room, const char *file, unsigned long long size)
{
	unsigned long long old = size_of(room->sysroot, file);

	note_at(room, file, size, size > old ? size - old : 0);
}

bool is_image(const char *path)
{
	const char *name = strrchr(path, '/'), *end = strrchr(path, '.');

	return name && (strncmp(name, "/initr", strlen("/initr")) == 0 ||
			(end && strcasecmp(end, ".efi") == 0));
}

void room_remake(struct room *room, const char *file, const char *command)
{
	static const char beside[] = "update-initramfs";
	unsigned long long size = size_of(room->sysroot, file);
	unsigned long long growth = is_image(file) ? GROWTH : 0;

	if (!growth || strncmp(command, beside, strlen(beside)) == 0)
		note_at(room, file, size + growth, growth);
	else
		note_at(room, file, growth, growth);
}

void room_keep_copy(struct room *room, const char *file)
{
	unsigned long long size = size_of(room->sysroot, file);
	char *directory = scratch_directory(), *copy = NULL;
	struct room_need *need = NULL;

	if (size && directory && asprintf(&copy, "%s/copy", directory) >= 0)
		need = find_need(room, "", copy);
	if (need)
		note(need, whole_blocks(need, size), size);
	free(copy);
	free(directory);
}

void room_free(struct room *room)
{
	while (room->count) {
		struct room_need *need = &room->list[--room->count];

		free(need->directory);
		free(need->path);
	}
	free(room->list);
	room->list = NULL;
}

/* --- what is there -----------------------------------------------------------------------------
 */

/* "3.5 MiB", "12 KiB" */
static void write_size(char *text, size_t size, unsigned long long bytes)
{
	if ((double)bytes >= MIB)
		snprintf(text, size, "%.1f MiB", (double)bytes / MIB);
	else
		snprintf(text, size, "%.0f KiB", (double)(bytes + 1023) / KIB);
}

char *room_missing(const struct room *room, size_t index)
{
	const struct room_need *need = &room->list[index];
	char missing[32], wanted[32], there[32], *what;
	unsigned long long room_left;
	struct statvfs figures;

	if (statvfs(need->path, &figures) < 0 || !figures.f_blocks)
		return NULL;
	/* Only root can change the boot, and may use the reserved blocks. */
	room_left = (unsigned long long)figures.f_frsize *
		    (geteuid() == 0 ? figures.f_bfree : figures.f_bavail);
	if (need->peak <= room_left)
		return NULL;
	write_size(missing, sizeof(missing), need->peak - room_left);
	write_size(wanted, sizeof(wanted), need->peak);
	write_size(there, sizeof(there), room_left);
	if (asprintf(&what,
		     "%s: not enough space for what is to be written: %s short (%s needed, %s "
		     "free); make room there first, for example by removing old kernels",
		     need->directory, missing, wanted, there) < 0)
		return NULL;
	return what;
}
