/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpio.h - reads a cpio archive in the format of initramfs images (the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst)
 */
#ifndef VFIO_CLAIM_IMAGE_CPIO_H
#define VFIO_CLAIM_IMAGE_CPIO_H

#include <limits.h>
#include <stdint.h>

#include "image_part.h"

struct cpio_entry {
	char name[PATH_MAX];
	uint32_t mode, links;
	uint32_t inode, major, minor; /* the same for the names of a file with more than one link */
	uint32_t size;                /* of the data, which may follow another of its names */
	struct image_part *part;
};

/* Takes one entry, and its data with cpio_data() if needed. Returns 0 or a negative errno value. */
typedef int cpio_entry_fn(void *to, const struct cpio_entry *entry);

/*
 * Reads one archive, up to its end mark, and calls @take for each entry.
 * @budget: the number of bytes that may be read; decreased by what was read.
 * Returns 0, -EBADMSG if it is malformed or cut off, -EFBIG if the budget is used up, or another
 * negative errno value, including @take's.
 */
int cpio_read(struct image_part *part, unsigned long long *budget, cpio_entry_fn *take, void *to);

/*
 * Returns the data of an entry of at most IMAGE_PART_PEEK bytes, valid until the next read; NULL
 * with errno.
 */
const unsigned char *cpio_data(const struct cpio_entry *entry);

#endif
