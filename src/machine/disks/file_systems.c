/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_systems.h"

#include <libmount/libmount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "../../host/sysroot_files.h"
#include "block_devices.h"
#include "mounts.h"
#include "zfs_pool.h"

static bool is_one_of(const char *type, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(type, *list) == 0)
			return true;
	return false;
}

void file_systems_add_source(struct protection *protection, const char *source)
{
	char *path = block_by_source(protection->sysroot, source);

	if (path)
		protection_add_block(protection, path);
	else if (source[0] == '/' && strncmp(source, "/dev/", strlen("/dev/")) != 0)
		protection_add_file(protection, source);
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
		file_systems_add_source(protection, source);
	for (i = 0; string_set_have(&devices, name) && i < devices.count; i++) {
		char *device =
			sysroot_real(protection->sysroot, "/sys/class/block/%s", devices.name[i]);

		if (device)
			protection_add_block(protection, device);
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
			protect_each(protection, value, value_len, protection_add_file);
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
		zfs_pool_add(protection, source);
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
		protect_each(protection, source, strlen(source), file_systems_add_source);
	else
		file_systems_add_source(protection, source);
}

void file_systems_add(struct protection *protection, struct libmnt_fs *fs)
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
		protection_add_block(protection, path);
	else
		protection_lose(protection, source ? source : "an unnamed source");
	free(path);
}

static void follow_file(struct protection *protection, const char *path)
{
	struct libmnt_fs *fs = mounts_find_file(protection->mounts, path);

	if (fs)
		file_systems_add(protection, fs);
	else
		protection_lose(protection, path);
}

void file_systems_follow(struct protection *protection)
{
	size_t block = 0, file = 0;

	while (block < protection->blocks.count || file < protection->files.count)
		if (block < protection->blocks.count)
			block_follow(protection, protection->blocks.name[block++]);
		else
			follow_file(protection, protection->files.name[file++]);
}
