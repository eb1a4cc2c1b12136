/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_attributes.h"

#include <errno.h>
#include <linux/limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../core/array.h"

#define PERMISSIONS 07777

/* The kernel recreates them for the new contents (Documentation/ABI/testing/evm). */
static bool is_signature(const char *name)
{
	return strcmp(name, "security.ima") == 0 || strcmp(name, "security.evm") == 0;
}

/* Adds one attribute of an open file. Returns 0 or a negative errno value. */
static int add(struct file_attributes *attributes, int fd, const char *name)
{
	struct file_xattr xattr = { 0 };
	ssize_t size = fgetxattr(fd, name, NULL, 0);
	int err = -ENOMEM;

	if (size < 0)
		return errno == ENODATA ? 0 : -errno;
	xattr.name = strdup(name);
	xattr.value = malloc((size_t)size + 1);
	if (xattr.name && xattr.value) {
		size = fgetxattr(fd, name, xattr.value, (size_t)size);
		xattr.size = size < 0 ? 0 : (size_t)size;
		err = size < 0 ? -errno
			       : array_add(&attributes->xattrs, &attributes->count, &xattr,
					   sizeof(xattr));
	}
	if (err) {
		free(xattr.name);
		free(xattr.value);
	}
	return err;
}

int file_attributes_read(struct file_attributes *attributes, int fd)
{
	char names[XATTR_LIST_MAX];
	const char *name;
	ssize_t size;
	int err = 0;

	*attributes = (struct file_attributes){ 0 };
	if (fstat(fd, &attributes->st) < 0)
		return -errno;
	size = flistxattr(fd, names, sizeof(names));
	if (size < 0)
		return errno == ENOTSUP || errno == ENOSYS ? 0 : -errno;
	for (name = names; !err && name < names + size; name += strlen(name) + 1)
		if (!is_signature(name))
			err = add(attributes, fd, name);
	return err;
}

static const struct file_xattr *find(const struct file_attributes *attributes, const char *name)
{
	size_t i;

	for (i = 0; i < attributes->count; i++)
		if (strcmp(attributes->xattrs[i].name, name) == 0)
			return &attributes->xattrs[i];
	return NULL;
}

/* Returns true if the file has this attribute with this value. */
static bool has(const struct file_attributes *attributes, const struct file_xattr *xattr)
{
	const struct file_xattr *its = find(attributes, xattr->name);

	return its && its->size == xattr->size && memcmp(its->value, xattr->value, its->size) == 0;
}

static bool same_owner(const struct stat *one, const struct stat *other)
{
	return one->st_uid == other->st_uid && one->st_gid == other->st_gid;
}

static bool same_mode(const struct stat *one, const struct stat *other)
{
	return (one->st_mode & PERMISSIONS) == (other->st_mode & PERMISSIONS);
}

/* Removes those that @attributes lacks, such as an ACL inherited from the directory. */
static int remove_others(const struct file_attributes *attributes,
			 const struct file_attributes *present, int fd)
{
	size_t i;

	for (i = 0; i < present->count; i++)
		if (!find(attributes, present->xattrs[i].name) &&
		    fremovexattr(fd, present->xattrs[i].name) < 0)
			return -errno;
	return 0;
}

/* What changes others comes first: chmod(2) changes an ACL, and chown(2) the mode. */
static int apply(const struct file_attributes *attributes, const struct file_attributes *present,
		 int fd)
{
	const struct stat *st = &attributes->st;
	int err = remove_others(attributes, present, fd);
	struct stat now;
	size_t i;

	if (err)
		return err;
	if (!same_owner(st, &present->st) && fchown(fd, st->st_uid, st->st_gid) < 0)
		return -errno;
	if (fstat(fd, &now) < 0)
		return -errno;
	if (!same_mode(st, &now) && fchmod(fd, st->st_mode & PERMISSIONS) < 0)
		return -errno;
	/* chown(2) and chmod(2) may have changed any of them. */
	for (i = 0; i < attributes->count; i++) {
		const struct file_xattr *xattr = &attributes->xattrs[i];

		if (same_owner(st, &present->st) && same_mode(st, &present->st) &&
		    has(present, xattr))
			continue;
		if (fsetxattr(fd, xattr->name, xattr->value, xattr->size, 0) < 0)
			return -errno;
	}
	return 0;
}

int file_attributes_apply(const struct file_attributes *attributes, int fd)
{
	struct file_attributes present;
	int err = file_attributes_read(&present, fd);

	if (!err)
		err = apply(attributes, &present, fd);
	file_attributes_free(&present);
	return err;
}

const char *file_attributes_difference(const struct file_attributes *before,
				       const struct file_attributes *after)
{
	size_t i;

	if (!same_owner(&before->st, &after->st))
		return "owner";
	if (!same_mode(&before->st, &after->st))
		return "mode";
	for (i = 0; i < before->count; i++)
		if (!has(after, &before->xattrs[i]))
			return before->xattrs[i].name;
	for (i = 0; i < after->count; i++)
		if (!has(before, &after->xattrs[i]))
			return after->xattrs[i].name;
	return NULL;
}

void file_attributes_free(struct file_attributes *attributes)
{
	while (attributes->count) {
		attributes->count--;
		free(attributes->xattrs[attributes->count].name);
		free(attributes->xattrs[attributes->count].value);
	}
	free(attributes->xattrs);
	attributes->xattrs = NULL;
}
