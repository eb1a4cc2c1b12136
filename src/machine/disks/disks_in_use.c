/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disks_in_use.h"

#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../host/sysroot_files.h"
#include "../processes.h"
#include "file_systems.h"
#include "mounts.h"
#include "zfs_pool.h"

struct search {
	struct protection *protection;
	struct string_set *known;     /* block devices */
	struct string_set superblock; /* "8:1" of each file system that has been looked at */
};

/* Follows what has been added for the purpose, which has begun. */
static void follow(struct search *search)
{
	struct protection *protection = search->protection;
	size_t i;

	file_systems_follow(protection);
	for (i = 0; i < protection->blocks.count; i++)
		string_set_add(search->known, protection->blocks.name[i]);
	protection_end(protection, "%s", protection->purpose);
}

/* Returns true if this mount alone keeps a device of this machine busy. */
static bool is_user(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs), *source = mnt_fs_get_source(fs);

	return type && source && mnt_fs_get_target(fs) && !mnt_fs_is_pseudofs(fs) &&
	       !mnt_fs_is_netfs(fs) && strcmp(type, "overlay") != 0 &&
	       strncmp(source, "/dev/loop", strlen("/dev/loop")) != 0;
}

/* Notes that the file system has been looked at. Returns false if it had been before. */
static bool enter(struct search *search, struct libmnt_fs *fs)
{
	dev_t number = mnt_fs_get_devno(fs);
	char text[32];

	snprintf(text, sizeof(text), "%u:%u", major(number), minor(number));
	if (string_set_have(&search->superblock, text))
		return false;
	string_set_add(&search->superblock, text);
	return true;
}

/* @where: "" or whose mount it is. */
static void find_mount(struct search *search, struct libmnt_fs *fs, const char *where)
{
	char *purpose;

	if (asprintf(&purpose, "%s is mounted on %s%s", mnt_fs_get_source(fs),
		     mnt_fs_get_target(fs), where) < 0)
		return;
	protection_begin(search->protection, purpose);
	file_systems_add(search->protection, fs);
	follow(search);
	free(purpose);
}

static void find_own_mounts(struct search *search)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_table *mounts = search->protection->mounts;
	struct libmnt_fs *fs;

	while (iter && mounts && mnt_table_next_fs(mounts, iter, &fs) == 0) {
		if (!is_user(fs))
			continue;
		enter(search, fs);
		find_mount(search, fs, "");
	}
	mnt_free_iter(iter);
}

/* The mounts that the process @pid sees, of file systems that are new. */
static void find_mounts_of(struct search *search, const char *pid)
{
	struct libmnt_table *mounts = mounts_read(search->protection->sysroot, pid);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	char *name = process_name(search->protection->sysroot, pid), *where;
	struct libmnt_fs *fs;

	if (asprintf(&where, " in the mount namespace of process %s (%s)", pid, name) < 0)
		where = NULL;
	while (where && iter && mounts && mnt_table_next_fs(mounts, iter, &fs) == 0)
		if (is_user(fs) && enter(search, fs))
			find_mount(search, fs, where);
	free(where);
	free(name);
	mnt_free_iter(iter);
	mnt_free_table(mounts);
}

static void find_other_mounts(struct search *search)
{
	struct string_set pids = processes_of_namespaces(search->protection->sysroot, "mnt");
	size_t i;

	for (i = 0; i < pids.count; i++)
		find_mounts_of(search, pids.name[i]);
	string_set_free(&pids);
}

static void find_swaps(struct search *search)
{
	struct libmnt_table *swaps = mounts_read_swaps(search->protection->sysroot);
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	char *purpose;

	while (iter && swaps && mnt_table_next_fs(swaps, iter, &fs) == 0) {
		const char *source = mnt_fs_get_source(fs);

		if (!source || asprintf(&purpose, "%s is a swap area in use", source) < 0)
			continue;
		protection_begin(search->protection, purpose);
		file_systems_add_source(search->protection, source);
		follow(search);
		free(purpose);
	}
	mnt_free_iter(iter);
	mnt_free_table(swaps);
}

/* A block device that is assembled from others: "/dev/dm-0 (vg-data) lies on it". */
static void find_volume(struct search *search, const char *name)
{
	const char *sysroot = search->protection->sysroot;
	char *path = sysroot_real(sysroot, "/sys/class/block/%s", name), *purpose = NULL;
	char *mapped = sysroot_read(sysroot, "/sys/class/block/%s/dm/name", name);
	struct string_set members = sysroot_list(sysroot, "/sys/class/block/%s/slaves", name);

	if (path && members.count &&
	    asprintf(&purpose, "/dev/%s%s%s%s lies on it", name, mapped ? " (" : "",
		     mapped ? mapped : "", mapped ? ")" : "") >= 0) {
		protection_begin(search->protection, purpose);
		protection_add_block(search->protection, path);
		follow(search);
		free(purpose);
	}
	string_set_free(&members);
	free(mapped);
	free(path);
}

/* /proc/spl/kstat/zfs has a directory for each pool, and files. */
static void find_pool(struct search *search, const char *name)
{
	struct string_set entries =
		sysroot_list(search->protection->sysroot, "/proc/spl/kstat/zfs/%s", name);
	char *purpose;

	if (entries.count && asprintf(&purpose, "the ZFS pool %s lies on it", name) >= 0) {
		protection_begin(search->protection, purpose);
		zfs_pool_add(search->protection, name);
		follow(search);
		free(purpose);
	}
	string_set_free(&entries);
}

static void find_each(struct search *search, const char *directory,
		      void (*find)(struct search *search, const char *name))
{
	struct string_set entries = sysroot_list(search->protection->sysroot, "%s", directory);
	size_t i;

	for (i = 0; i < entries.count; i++)
		find(search, entries.name[i]);
	string_set_free(&entries);
}

void disks_in_use_find(struct protection *protection, struct string_set *known)
{
	struct search search = { .protection = protection, .known = known };

	protection->mounts = mounts_read_own(protection->sysroot);
	find_own_mounts(&search);
	find_other_mounts(&search);
	find_swaps(&search);
	find_each(&search, "/sys/class/block", find_volume);
	find_each(&search, "/proc/spl/kstat/zfs", find_pool);
	mnt_free_table(protection->mounts);
	protection->mounts = NULL;
	string_set_free(&search.superblock);
}
