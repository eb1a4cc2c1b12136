/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_attributes.h - a file's owner, mode, ACL, SELinux label and all other extended attributes
 * (xattr(7)), to be given to its replacement
 */
#ifndef VFIO_CLAIM_HOST_FILE_ATTRIBUTES_H
#define VFIO_CLAIM_HOST_FILE_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct file_xattr {
	char *name;
	char *value;
	size_t size;
};

/* All zero, except @st, means no extended attributes. */
struct file_attributes {
	struct stat st;
	struct file_xattr *xattrs;
	size_t count;
};

/*
 * Reads those of an open file, except the kernel's own signatures of its contents.
 * Returns 0 or a negative errno value; the caller frees @attributes in any case.
 */
int file_attributes_read(struct file_attributes *attributes, int fd);

/* Applies them to an open file where they differ. Returns 0 or a negative errno value. */
int file_attributes_apply(const struct file_attributes *attributes, int fd);

/* Returns what differs ("owner", "mode", the name of an extended attribute), or NULL. */
const char *file_attributes_difference(const struct file_attributes *before,
				       const struct file_attributes *after);

void file_attributes_free(struct file_attributes *attributes);

#endif
