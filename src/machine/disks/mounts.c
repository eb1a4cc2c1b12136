/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mounts.h"

#include <libmount/libmount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../host/sysroot.h"
#include "../processes.h"

/* For libmount: a line that it cannot read is skipped. */
static int skip_line(struct libmnt_table *table, const char *file, int line)
{
	(void)table;
	(void)file;
	(void)line;
	return 1;
}

/* @parse: one of libmount's mnt_table_parse_*(). */
static struct libmnt_table *read_table(const char *sysroot, const char *file,
				       int (*parse)(struct libmnt_table *table, const char *file))
{
	char *path = path_below(sysroot, file);
	struct libmnt_table *table = path && is_file(path) ? mnt_new_table() : NULL;

	if (table) {
		mnt_table_set_parser_errcb(table, skip_line);
		if (parse(table, path) != 0) {
			mnt_free_table(table);
			table = NULL;
		}
	}
	free(path);
	return table;
}

struct libmnt_table *mounts_read(const char *sysroot, const char *process)
{
	struct libmnt_table *table;
	char *path;

	if (asprintf(&path, "/proc/%s/mountinfo", process) < 0)
		return NULL;
	table = read_table(sysroot, path, mnt_table_parse_file);
	free(path);
	return table;
}

struct libmnt_table *mounts_read_own(const char *sysroot)
{
	struct libmnt_table *table = mounts_read(sysroot, "self");

	return table ? table : mounts_read(sysroot, "1");
}

struct libmnt_table *mounts_read_fstab(const char *sysroot)
{
	return read_table(sysroot, "/etc/fstab", mnt_table_parse_fstab);
}

struct libmnt_table *mounts_read_swaps(const char *sysroot)
{
	return read_table(sysroot, "/proc/swaps", mnt_table_parse_swaps);
}

/*
 * An automount point that is waiting is no mount yet; systemd makes those also without fstab, but
 * then on the root's own disk only (systemd-gpt-auto-generator(8)).
 */
struct libmnt_fs *mounts_find(struct libmnt_table *mounts, const char *target)
{
	struct libmnt_fs *fs =
		mounts ? mnt_table_find_target(mounts, target, MNT_ITER_BACKWARD) : NULL;
	const char *type = fs ? mnt_fs_get_fstype(fs) : NULL;

	return type && strcmp(type, "autofs") == 0 ? NULL : fs;
}

/* Returns true if @path is @directory or lies below it. */
static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return true;
	return strncmp(path, directory, len) == 0 && (!path[len] || path[len] == '/');
}

struct libmnt_fs *mounts_find_file(struct libmnt_table *mounts, const char *path)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs, *best = NULL;
	const char *target;

	while (iter && mounts && mnt_table_next_fs(mounts, iter, &fs) == 0) {
		target = mnt_fs_get_target(fs);
		if (!target || !is_below(path, target))
			continue;
		/* Of two at the same place the later one hides the earlier. */
		if (!best || strlen(target) >= strlen(mnt_fs_get_target(best)))
			best = fs;
	}
	mnt_free_iter(iter);
	return best;
}

/* Returns true if another host, or a process of this one, answers for its files. */
static bool is_far(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs);

	return mnt_fs_is_netfs(fs) || (type && strncmp(type, "fuse", strlen("fuse")) == 0);
}

static void find_far(const char *sysroot, const char *process, struct string_set *far)
{
	struct libmnt_table *mounts = mounts_read(sysroot, process);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	char text[32];
	dev_t number;

	while (iter && mounts && mnt_table_next_fs(mounts, iter, &fs) == 0) {
		if (!is_far(fs))
			continue;
		number = mnt_fs_get_devno(fs);
		snprintf(text, sizeof(text), "%d", mnt_fs_get_id(fs));
		string_set_add(far, text);
		snprintf(text, sizeof(text), "%u:%u", major(number), minor(number));
		string_set_add(far, text);
	}
	mnt_free_iter(iter);
	mnt_free_table(mounts);
}

void mounts_find_far(const char *sysroot, struct string_set *far)
{
	struct string_set pids = processes_of_namespaces(sysroot, "mnt");
	size_t i;

	find_far(sysroot, "self", far);
	for (i = 0; i < pids.count; i++)
		find_far(sysroot, pids.name[i], far);
	string_set_free(&pids);
}
