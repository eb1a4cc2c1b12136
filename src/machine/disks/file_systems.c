/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_systems.h"

#include <blkid/blkid.h>
#include <libmount/libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "block_devices.h"
#include "zfs_pool.h"

/* Without these the machine does not come up, or cannot be updated. */
static const char *const targets[] = { "/", "/usr", "/boot", "/boot/efi", "/efi" };

#define TARGET_COUNT (sizeof(targets) / sizeof(targets[0]))

static bool is_one_of(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(type, *list) == 0)
			return true;
	return false;
}

static void protect_file_system(struct protection *protection, struct libmnt_fs *fs);

/* Whether @path is @directory or lies below it. */
static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	if (strcmp(directory, "/") == 0)
		return true;
	return strncmp(path, directory, len) == 0 && (!path[len] || path[len] == '/');
}

void file_protect(struct protection *protection, const char *path)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs, *best = NULL;
	const char *target;

	while (iter && protection->mounts &&
	       mnt_table_next_fs(protection->mounts, iter, &fs) == 0) {
		target = mnt_fs_get_target(fs);
		if (!target || !is_below(path, target))
			continue;
		/* Of two at the same place the later one hides the earlier. */
		if (!best || strlen(target) >= strlen(mnt_fs_get_target(best)))
			best = fs;
	}
	mnt_free_iter(iter);
	if (best)
		protect_file_system(protection, best);
	else
		protection_lose(protection, path);
}

/* The node that udev has made for a tag such as UUID=...: a new string, or NULL. */
static char *node_of_tag(const char *sysroot, const char *tag, const char *value)
{
	static const char *const links[][2] = { { "UUID", "uuid" },
						{ "LABEL", "label" },
						{ "PARTUUID", "partuuid" },
						{ "PARTLABEL", "partlabel" } };
	char encoded[1024], *node = NULL;
	size_t i;

	if (blkid_encode_string(value, encoded, sizeof(encoded)) != 0)
		return NULL;
	for (i = 0; i < sizeof(links) / sizeof(links[0]) && !node; i++)
		if (strcmp(tag, links[i][0]) == 0)
			node = sysroot_real(sysroot, "/dev/disk/by-%s/%s", links[i][1], encoded);
	return node;
}

char *block_by_source(const char *sysroot, const char *source)
{
	char *tag = NULL, *value = NULL, *node, *path = NULL;

	if (blkid_parse_tag_string(source, &tag, &value) != 0)
		return block_by_node(sysroot, source);
	node = node_of_tag(sysroot, tag, value);
	if (node)
		path = block_by_node(sysroot, node);
	free(node);
	free(value);
	free(tag);
	return path;
}

/* Protects what a line of fstab names: a tag, a node or a file. */
static void protect_source(struct protection *protection, const char *source)
{
	char *path = block_by_source(protection->sysroot, source);

	if (path)
		block_protect(protection, path);
	else if (source[0] == '/' && strncmp(source, "/dev/", strlen("/dev/")) != 0)
		file_protect(protection, source);
	else
		protection_lose(protection, source);
	free(path);
}

/* Hands the parts of a list with colons between them over to @protect. */
static void protect_each(struct protection *protection, const char *list, size_t len,
			 void (*protect)(struct protection *protection, const char *part))
{
	char *copy = strndup(list, len), *rest = copy, *part;

	while (copy && (part = strsep(&rest, ":")))
		protect(protection, part);
	free(copy);
}

/*
 * All devices of a btrfs, of which @source is one. One that is not mounted is not in
 * /sys/fs/btrfs; then there is only @source to go by.
 */
static void protect_btrfs(struct protection *protection, const char *source)
{
	char *path = block_by_source(protection->sysroot, source);
	const char *name = path ? strrchr(path, '/') + 1 : "";
	struct string_set systems = sysroot_list(protection->sysroot, "/sys/fs/btrfs");
	struct string_set devices = { 0 };
	size_t i;

	for (i = 0; i < systems.count && !string_set_have(&devices, name); i++) {
		string_set_free(&devices);
		devices = sysroot_list(protection->sysroot, "/sys/fs/btrfs/%s/devices",
				       systems.name[i]);
	}
	if (!string_set_have(&devices, name))
		protect_source(protection, source);
	for (i = 0; string_set_have(&devices, name) && i < devices.count; i++) {
		char *device =
			sysroot_real(protection->sysroot, "/sys/class/block/%s", devices.name[i]);

		if (device)
			block_protect(protection, device);
		else
			protection_lose(protection, devices.name[i]);
		free(device);
	}
	string_set_free(&devices);
	string_set_free(&systems);
	free(path);
}

/* All that an overlay lies on: "lowerdir=/a:/b,upperdir=/c". */
static void protect_overlay(struct protection *protection, const char *options)
{
	char *copy = strdup(options ? options : ""), *at = copy, *name, *value;
	size_t name_len, value_len;

	while (copy && mnt_optstr_next_option(&at, &name, &name_len, &value, &value_len) == 0) {
		/* "lowerdir+" in newer kernels. */
		if (value && (strncmp(name, "lowerdir", strlen("lowerdir")) == 0 ||
			      strncmp(name, "upperdir", strlen("upperdir")) == 0))
			protect_each(protection, value, value_len, file_protect);
	}
	free(copy);
}

/* Every device that a virtio driver has: which of them it is, older kernels do not tell. */
static void protect_virtio(struct protection *protection, const char *driver)
{
	struct string_set devices =
		sysroot_list(protection->sysroot, "/sys/bus/virtio/drivers/%s", driver);
	size_t i;

	for (i = 0; i < devices.count; i++) {
		char *path;

		if (strncmp(devices.name[i], "virtio", strlen("virtio")) != 0)
			continue;
		path = sysroot_real(protection->sysroot, "/sys/bus/virtio/drivers/%s/%s", driver,
				    devices.name[i]);
		if (path && !protection_add_device(protection, path))
			protection->found = true; /* virtio-mmio */
		free(path);
	}
	string_set_free(&devices);
}

/* A file system on another host. */
static void protect_remote(struct protection *protection, struct libmnt_fs *fs)
{
	char *address = NULL, *copy = NULL;
	size_t len = 0;

	if (mnt_fs_get_option(fs, "addr", &address, &len) == 0 && address)
		copy = strndup(address, len);
	protection_go_remote(protection, copy);
	free(copy);
}

/* 9p is a transport of its own for virtual machines, or goes over the network. */
static void protect_9p(struct protection *protection, struct libmnt_fs *fs)
{
	char *transport = NULL;
	size_t len = 0;

	if (mnt_fs_get_option(fs, "trans", &transport, &len) == 0 && transport &&
	    strncmp(transport, "virtio", len) == 0)
		protect_virtio(protection, "9pnet_virtio");
	else
		protect_remote(protection, fs);
}

/* One that the kernel gives no block device number, or a line of fstab. */
static void protect_by_type(struct protection *protection, struct libmnt_fs *fs)
{
	static const char *const memory[] = { "tmpfs", "ramfs", "rootfs", NULL };
	const char *type = mnt_fs_get_fstype(fs), *source = mnt_fs_get_source(fs);

	type = type ? type : "";
	source = source ? source : "";
	if (is_one_of(type, memory))
		protection->found = true;
	else if (strcmp(type, "zfs") == 0)
		zfs_pool_protect(protection, source);
	else if (strcmp(type, "btrfs") == 0)
		protect_btrfs(protection, source);
	else if (strcmp(type, "overlay") == 0)
		protect_overlay(protection, mnt_fs_get_fs_options(fs));
	else if (strcmp(type, "virtiofs") == 0)
		protect_virtio(protection, "virtiofs");
	else if (strcmp(type, "9p") == 0)
		protect_9p(protection, fs);
	else if (mnt_fstype_is_netfs(type))
		protect_remote(protection, fs);
	else if (source[0] == '/') /* bcachefs names all its devices */
		protect_each(protection, source, strlen(source), protect_source);
	else
		protect_source(protection, source);
}

static void protect_file_system(struct protection *protection, struct libmnt_fs *fs)
{
	const char *target = mnt_fs_get_target(fs), *source = mnt_fs_get_source(fs);
	dev_t number = mnt_fs_get_devno(fs);
	char *path;

	/* An overlay that lies on itself, as far as the names of its layers still tell. */
	if (target && !protection_enter(protection, target))
		return;
	if (!major(number)) {
		protect_by_type(protection, fs);
		return;
	}
	path = block_by_number(protection->sysroot, number);
	if (path)
		block_protect(protection, path);
	else
		protection_lose(protection, source ? source : "an unnamed source");
	free(path);
}

/* For libmount: a line that it cannot read is not for us to complain of. */
static int skip_line(struct libmnt_table *table, const char *file, int line)
{
	(void)table;
	(void)file;
	(void)line;
	return 1;
}

/* Reads a table below the sysroot; @parse: one of libmount's mnt_table_parse_*(). Gives NULL when
 * it is not there. */
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

/*
 * What is mounted on @target. An automount point that waits is nothing yet; systemd makes those
 * also without fstab, but then on the root's own disk only (systemd-gpt-auto-generator(8)).
 */
static struct libmnt_fs *find_mount(struct libmnt_table *mounts, const char *target)
{
	struct libmnt_fs *fs =
		mounts ? mnt_table_find_target(mounts, target, MNT_ITER_BACKWARD) : NULL;
	const char *type = fs ? mnt_fs_get_fstype(fs) : NULL;

	return type && strcmp(type, "autofs") == 0 ? NULL : fs;
}

/* Protects what is behind @target, which all but / may be only a directory. */
static void protect_target(struct protection *protection, struct libmnt_table *fstab,
			   const char *target)
{
	struct libmnt_fs *fs = find_mount(protection->mounts, target);
	bool is_root = strcmp(target, "/") == 0;

	if (!fs && fstab)
		fs = mnt_table_find_target(fstab, target, MNT_ITER_BACKWARD);
	if (!fs && !is_root)
		return;
	protection_begin(protection, target);
	if (fs)
		protect_file_system(protection, fs);
	protection_end(protection, "holds %s", target);
}

/* Protects the swap areas of a table, /proc/swaps or fstab. */
static void protect_swaps(struct protection *protection, struct libmnt_table *table)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	struct libmnt_fs *fs;
	const char *source;

	while (iter && table && mnt_table_next_fs(table, iter, &fs) == 0) {
		source = mnt_fs_get_source(fs);
		if (!mnt_fs_is_swaparea(fs) || !source)
			continue;
		protection_begin(protection, "swap");
		protect_source(protection, source);
		protection_end(protection, "holds the swap area %s", source);
	}
	mnt_free_iter(iter);
}

static void read_mounts(struct protection *protection)
{
	protection->mounts =
		read_table(protection->sysroot, "/proc/self/mountinfo", mnt_table_parse_file);
	if (!protection->mounts)
		protection->mounts =
			read_table(protection->sysroot, "/proc/1/mountinfo", mnt_table_parse_file);
}

static void forget_mounts(struct protection *protection)
{
	mnt_free_table(protection->mounts);
	protection->mounts = NULL;
}

void file_systems_protect(struct protection *protection)
{
	const char *sysroot = protection->sysroot;
	struct libmnt_table *fstab = read_table(sysroot, "/etc/fstab", mnt_table_parse_fstab);
	struct libmnt_table *swaps = read_table(sysroot, "/proc/swaps", mnt_table_parse_swaps);
	size_t i;

	read_mounts(protection);
	for (i = 0; i < TARGET_COUNT; i++)
		protect_target(protection, fstab, targets[i]);
	protect_swaps(protection, swaps);
	protect_swaps(protection, fstab);
	forget_mounts(protection);
	mnt_free_table(swaps);
	mnt_free_table(fstab);
}

/* --- what is in use now ------------------------------------------------------------------------
 */

/* Whether this mount alone keeps a device of this machine busy. */
static bool is_user(struct libmnt_fs *fs)
{
	const char *type = mnt_fs_get_fstype(fs), *source = mnt_fs_get_source(fs);

	return type && source && mnt_fs_get_target(fs) && !mnt_fs_is_pseudofs(fs) &&
	       !mnt_fs_is_netfs(fs) && strcmp(type, "overlay") != 0 &&
	       strncmp(source, "/dev/loop", strlen("/dev/loop")) != 0;
}

/* Protects what is behind a table's lines for the purpose "SOURCE DOES[TARGET]". */
static void find_lines(struct protection *protection, struct libmnt_table *table, const char *does,
		       bool swap)
{
	struct libmnt_iter *iter = mnt_new_iter(MNT_ITER_FORWARD);
	const char *source, *target;
	struct libmnt_fs *fs;
	char *purpose;

	while (iter && table && mnt_table_next_fs(table, iter, &fs) == 0) {
		source = mnt_fs_get_source(fs);
		target = swap ? "" : mnt_fs_get_target(fs);
		if (!source || (!swap && !is_user(fs)) ||
		    asprintf(&purpose, "%s %s%s", source, does, target) < 0)
			continue;
		protection_begin(protection, purpose);
		if (swap)
			protect_source(protection, source);
		else
			protect_file_system(protection, fs);
		protection_end(protection, "%s", does);
		free(purpose);
	}
	mnt_free_iter(iter);
}

/* A block device that is assembled from others: "/dev/dm-0 (vg-data) lies on it". */
static void find_volume(struct protection *protection, const char *name)
{
	char *path = sysroot_real(protection->sysroot, "/sys/class/block/%s", name),
	     *purpose = NULL;
	char *mapped = sysroot_read(protection->sysroot, "/sys/class/block/%s/dm/name", name);
	struct string_set members =
		sysroot_list(protection->sysroot, "/sys/class/block/%s/slaves", name);

	if (members.count &&
	    asprintf(&purpose, "/dev/%s%s%s%s lies on it", name, mapped ? " (" : "",
		     mapped ? mapped : "", mapped ? ")" : "") >= 0) {
		protection_begin(protection, purpose);
		block_protect(protection, path);
		protection_end(protection, "%s", name);
		free(purpose);
	}
	string_set_free(&members);
	free(mapped);
	free(path);
}

/* What is below /proc/spl/kstat/zfs: a directory for each pool, and files. */
static void find_pool(struct protection *protection, const char *name)
{
	struct string_set entries =
		sysroot_list(protection->sysroot, "/proc/spl/kstat/zfs/%s", name);
	char *purpose;

	if (entries.count && asprintf(&purpose, "the ZFS pool %s lies on it", name) >= 0) {
		protection_begin(protection, purpose);
		zfs_pool_protect(protection, name);
		protection_end(protection, "%s", name);
		free(purpose);
	}
	string_set_free(&entries);
}

static void find_each(struct protection *protection, const char *directory,
		      void (*find)(struct protection *protection, const char *name))
{
	struct string_set entries = sysroot_list(protection->sysroot, "%s", directory);
	size_t i;

	for (i = 0; i < entries.count; i++)
		find(protection, entries.name[i]);
	string_set_free(&entries);
}

void file_systems_find_users(struct protection *protection)
{
	struct libmnt_table *swaps =
		read_table(protection->sysroot, "/proc/swaps", mnt_table_parse_swaps);

	read_mounts(protection);
	find_lines(protection, protection->mounts, "is mounted on ", false);
	find_lines(protection, swaps, "is a swap area in use", true);
	find_each(protection, "/sys/class/block", find_volume);
	find_each(protection, "/proc/spl/kstat/zfs", find_pool);
	forget_mounts(protection);
	mnt_free_table(swaps);
}
