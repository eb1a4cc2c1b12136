/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_attributes.h - what a file has beside its contents: owner, mode, ACL, SELinux label and all
 * other extended attributes (xattr(7)), for another one that takes its place
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

/* All zero, but for @st, is a file without extended attributes. */
struct file_attributes {
	struct stat st;
	struct file_xattr *xattrs;
	size_t count;
};

/*
 * Reads those of an open file; the kernel's own signatures of its contents are left out.
 * Returns 0 or a negative errno value; @attributes is to be freed in any case.
 */
int file_attributes_read(struct file_attributes *attributes, int fd);

/* Gives them to an open file, as far as it has others. Returns 0 or a negative errno value. */
int file_attributes_apply(const struct file_attributes *attributes, int fd);

/* Returns what differs ("owner", "mode", the name of an extended attribute), or NULL. */
const char *file_attributes_difference(const struct file_attributes *before,
				       const struct file_attributes *after);

void file_attributes_free(struct file_attributes *attributes);

#endif
