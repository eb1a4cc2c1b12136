/* SPDX-License-Identifier: GPL-2.0-or-later */
/* part_end.h - finds the end of a compressed part of an initramfs image without decompressing it */
#ifndef VFIO_CLAIM_IMAGE_PART_END_H
#define VFIO_CLAIM_IMAGE_PART_END_H

#include <sys/types.h>

/*
 * Each of these takes an open image, the offset where a part begins, and the end of the image. It
 * returns the offset of the part's end; @end if the part is truncated or malformed, which the
 * decompressor will detect.
 */
typedef off_t part_end_fn(int fd, off_t at, off_t end);

/*
 * A stream of the .xz file format whose blocks end with LZMA2, the only filter that the kernel
 * supports.
 */
part_end_fn part_end_xz;

/* Frames of the Zstandard format (RFC 8878), including skippable ones. */
part_end_fn part_end_zstd;

/* Blocks of the legacy LZ4 frame, as the kernel's lib/decompress_unlz4.c reads them. */
part_end_fn part_end_lz4;

/* Blocks of lzop's format, as the kernel's lib/decompress_unlzo.c reads them. */
part_end_fn part_end_lzop;

#endif
