/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "block_devices.h"

#include <blkid/blkid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"

/* Where a directory below /sys/devices says what kind of device is in it. */
#define FABRICS   "/nvme-fabrics/"
#define SUBSYSTEM "/nvme-subsystem/"
#define SESSION   "/session"
#define VIRTUAL   "/sys/devices/virtual/"

char *block_by_number(const char *sysroot, dev_t number)
{
	return sysroot_real(sysroot, "/sys/dev/block/%u:%u", major(number), minor(number));
}

/* By the name of a node: the kernel writes the slashes in it as '!'. */
static char *by_name(const char *sysroot, const char *node)
{
	char *real = path_within(sysroot, node), *name, *slash, *path = NULL;

	if (real && strncmp(real, "/dev/", strlen("/dev/")) == 0) {
		name = real + strlen("/dev/");
		while ((slash = strchr(name, '/')))
			*slash = '!';
		path = sysroot_real(sysroot, "/sys/class/block/%s", name);
	}
	free(real);
	return path;
}

char *block_by_node(const char *sysroot, const char *node)
{
	char *path = path_below(sysroot, node);
	bool is_node;
	struct stat st;

	is_node = path && stat(path, &st) == 0 && S_ISBLK(st.st_mode);
	free(path);
	return is_node ? block_by_number(sysroot, st.st_rdev) : by_name(sysroot, node);
}

char *block_node_of_name(const char *name)
{
	char *node, *mark;

	if (asprintf(&node, "/dev/%s", name) < 0)
		return NULL;
	/* The kernel writes the slashes in a node's name as '!'. */
	while ((mark = strchr(node, '!')))
		*mark = '/';
	return node;
}

/* The link that udev makes for a tag: UUID, LABEL, PARTUUID, PARTLABEL or ID. */
static char *node_of_tag(const char *sysroot, const char *tag, const char *value)
{
	char directory[64], encoded[1024];
	size_t i;

	if (blkid_encode_string(value, encoded, sizeof(encoded)) != 0)
		return NULL;
	snprintf(directory, sizeof(directory), "/dev/disk/by-%s", tag);
	for (i = strlen("/dev/disk/by-"); directory[i]; i++)
		directory[i] = (char)(directory[i] | 0x20);
	return sysroot_real(sysroot, "%s/%s", directory, encoded);
}

char *block_node(const char *sysroot, const char *source)
{
	char *tag = NULL, *value = NULL, *node = NULL;

	if (blkid_parse_tag_string(source, &tag, &value) == 0)
		node = node_of_tag(sysroot, tag, value);
	else if (source[0] == '/')
		node = sysroot_real(sysroot, "%s", source);
	free(value);
	free(tag);
	return node;
}

char *block_by_source(const char *sysroot, const char *source)
{
	char *node, *path;

	/* A path that leads nowhere may still have the name of a device. */
	if (source[0] == '/')
		return block_by_node(sysroot, source);
	node = block_node(sysroot, source);
	path = node ? block_by_node(sysroot, node) : NULL;
	free(node);
	return path;
}

/* @path up to and without its last @count components: a new string, or NULL. */
static char *above(const char *path, int count)
{
	char *copy = strdup(path), *slash;

	while (copy && count-- && (slash = strrchr(copy, '/')))
		*slash = '\0';
	return copy;
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Adds each member of an assembled device to the search. Returns how many there are. */
static size_t add_members(struct protection *protection, const char *path)
{
	struct string_set members = sysroot_list(protection->sysroot, "%s/slaves", path);
	size_t i, count = members.count;

	for (i = 0; i < count; i++) {
		char *member =
			sysroot_real(protection->sysroot, "%s/slaves/%s", path, members.name[i]);

		if (member)
			protection_add_block(protection, member);
		else
			protection_lose(protection, members.name[i]);
		free(member);
	}
	string_set_free(&members);
	return count;
}

/* Returns the value of @key in "traddr=10.0.0.1,trsvcid=4420", cut off in place, or NULL. */
static char *value_of(char *text, const char *key)
{
	char *value = text ? strstr(text, key) : NULL;

	if (!value)
		return NULL;
	value += strlen(key);
	value[strcspn(value, ",")] = '\0';
	return value;
}

/* An NVMe controller: a PCI function, or one on another host. */
static void protect_nvme_controller(struct protection *protection, const char *path)
{
	char *transport, *address;

	if (protection_add_device(protection, path))
		return;
	transport = sysroot_read(protection->sysroot, "%s/transport", path);
	address = sysroot_read(protection->sysroot, "%s/address", path);
	if (transport && (strcmp(transport, "tcp") == 0 || strcmp(transport, "rdma") == 0))
		protection_go_remote(protection, value_of(address, "traddr="));
	else
		protection_lose(protection, path);
	free(address);
	free(transport);
}

/* A disk that is reached through several controllers: /sys/devices/.../nvme-subsys0/nvme0n1. */
static void protect_nvme_subsystem(struct protection *protection, const char *path)
{
	char *subsystem = above(path, 1);
	struct string_set entries =
		sysroot_list(protection->sysroot, "%s", subsystem ? subsystem : "");
	size_t i;

	for (i = 0; i < entries.count; i++) {
		const char *name = entries.name[i];
		char *controller;

		/* Controllers are nvme0, nvme1; disks are nvme0n1. */
		if (!begins_with(name, "nvme") ||
		    name[strlen("nvme") + strspn(name + strlen("nvme"), "0123456789")])
			continue;
		controller = sysroot_real(protection->sysroot, "%s/%s", subsystem, name);
		if (controller)
			protect_nvme_controller(protection, controller);
		free(controller);
	}
	string_set_free(&entries);
	free(subsystem);
}

/* A disk of a software iSCSI session: /sys/devices/platform/host3/session1/target.../block/sda. */
static void protect_session(struct protection *protection, const char *path, const char *session)
{
	size_t len = (size_t)(session - path) + 1 + strcspn(session + 1, "/");
	struct string_set entries = sysroot_list(protection->sysroot, "%.*s", (int)len, path);
	size_t i;

	protection_go_remote(protection, NULL);
	for (i = 0; i < entries.count; i++) {
		const char *name = entries.name[i];
		char *address;

		if (!begins_with(name, "connection"))
			continue;
		address = sysroot_read(protection->sysroot, "%.*s/%s/iscsi_connection/%s/address",
				       (int)len, path, name, name);
		if (address)
			protection_go_remote(protection, address);
		free(address);
	}
	string_set_free(&entries);
}

/* A device that is no PCI function's: on another bus, on another host, or made by software. */
static void protect_other(struct protection *protection, const char *path)
{
	const char *name = strrchr(path, '/') + 1, *session = strstr(path, SESSION);
	char *backing = sysroot_read(protection->sysroot, "%s/loop/backing_file", path),
	     *controller;

	if (backing) {
		protection_add_file(protection, backing);
	} else if (strstr(path, SUBSYSTEM)) {
		protect_nvme_subsystem(protection, path);
	} else if (strstr(path, FABRICS)) {
		controller = above(path, 1);
		protect_nvme_controller(protection, controller ? controller : path);
		free(controller);
	} else if (session) {
		protect_session(protection, path, session);
	} else if (begins_with(name, "nbd") || begins_with(name, "rbd")) {
		protection_go_remote(protection, NULL);
	} else if (begins_with(path, VIRTUAL) && !begins_with(name, "zram") &&
		   !begins_with(name, "ram")) {
		protection_lose(protection, name);
	} else {
		protection->found = true; /* in memory, or on another bus than PCI */
	}
	free(backing);
}

void block_follow(struct protection *protection, const char *path)
{
	char *disk;

	if (sysroot_has(protection->sysroot, "%s/partition", path)) {
		disk = above(path, 1);
		if (disk)
			protection_add_block(protection, disk);
		free(disk);
		return;
	}
	if (!add_members(protection, path) && !protection_add_device(protection, path))
		protect_other(protection, path);
}
