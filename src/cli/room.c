/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "room.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../array.h"
#include "files.h"
#include "paths.h"

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

/*
 * Where a file is, or will be: the directory that there is, as the machine calls it. A new string,
 * or NULL. @path gets the same below @sysroot, new, too.
 */
static char *find_directory(const char *sysroot, const char *file, char **path)
{
	char *directory = path_within(sysroot, file);

	while (directory) {
		go_up(directory);
		*path = path_below(sysroot, directory);
		if (!*path || is_directory(*path) || !directory[1])
			return directory;
		free(*path);
	}
	*path = NULL;
	return NULL;
}

/* The entry for the file system that @path is on; it takes both strings over. NULL when none. */
static struct room_need *find_need(struct room *room, char *directory, char *path)
{
	struct room_need need = { .directory = directory, .path = path };
	struct stat st;
	bool known = directory && path && stat(path, &st) == 0;
	size_t i;

	for (i = 0; known && i < room->count; i++)
		if (room->list[i].device == st.st_dev)
			break;
	if (known && i == room->count) {
		need.device = st.st_dev;
		if (array_add(&room->list, &room->count, &need, sizeof(need)) == 0)
			return &room->list[i];
		known = false;
	}
	free(path);
	free(directory);
	return known ? &room->list[i] : NULL;
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
	char *path = NULL, *directory = find_directory(room->sysroot, file, &path);
	struct room_need *need = find_need(room, directory, path);

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
	char *directory = scratch_directory();
	struct room_need *need;

	need = find_need(room, directory, directory ? strdup(directory) : NULL);
	if (need)
		note(need, whole_blocks(need, size), size);
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
	/* What is reserved for root is there for who may change the boot. */
	room_left = (unsigned long long)figures.f_frsize *
		    (geteuid() == 0 ? figures.f_bfree : figures.f_bavail);
	if (need->peak <= room_left)
		return NULL;
	write_size(missing, sizeof(missing), need->peak - room_left);
	write_size(wanted, sizeof(wanted), need->peak);
	write_size(there, sizeof(there), room_left);
	if (asprintf(
		    &what,
		    "%s: there is no room for what is to be written: %s are missing (%s needed, %s "
		    "free); make room there first, for example by removing old kernels",
		    need->directory, missing, wanted, there) < 0)
		return NULL;
	return what;
}
