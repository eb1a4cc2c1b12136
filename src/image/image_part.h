/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_part.h - one part of an initramfs image, decompressed as it is read
 *
 * An image is a sequence of cpio archives, with zeros between them, each plain or compressed, as
 * the kernel's init/initramfs.c unpacks them. A compressed part may hold several archives.
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_PART_H
#define VFIO_CLAIM_IMAGE_IMAGE_PART_H

#include <stddef.h>
#include <sys/types.h>

#define IMAGE_PART_PEEK (64 * 1024)

/* The beginning of a plain part: the "new" format, with or without checksums. */
#define CPIO_MAGIC "07070"

struct image_part;

/*
 * Opens the part that begins at offset @at of the open file @fd; the image ends at @end.
 * @part: gets the part; close it with image_part_close().
 * @program: gets the name of a program that decompresses the part, or NULL.
 * Returns 0, -ENOENT if no part begins there, -ENOPKG if libarchive cannot decompress it and that
 * program is not installed, or another negative errno value.
 */
int image_part_open(struct image_part **part, int fd, off_t at, off_t end, const char **program);

/*
 * Returns the next @size bytes, at most IMAGE_PART_PEEK, without consuming them; they are valid
 * until the next call. NULL with errno: ENODATA after the last byte, EIO if less than @size is
 * left, EBADMSG if the part cannot be decompressed, or an error of read(2).
 */
const unsigned char *image_part_peek(struct image_part *part, size_t size);

/* Consumes any number of bytes. Returns 0, or -1 with errno as image_part_peek(). */
int image_part_skip(struct image_part *part, unsigned long long size);

/*
 * Consumes all bytes up to one that is not zero, and subtracts their number from *@budget. Returns
 * as image_part_skip(); EFBIG if the budget is used up.
 */
int image_part_skip_zeros(struct image_part *part, unsigned long long *budget);

/*
 * Closes the part and returns the offset of its end: for a plain part the first byte that has not
 * been consumed.
 */
off_t image_part_close(struct image_part *part);

#endif
