/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image_part.h"

#include <archive.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decompressor.h"
#include "part_end.h"

#define CHUNK IMAGE_PART_PEEK

/*
 * Older versions of libarchive do not have these two: CentOS 7's is 3.1.2. A version that has one
 * may be built without the library for it: it returns ARCHIVE_WARN and would run a program.
 */
extern int archive_read_support_filter_lz4(struct archive *) __attribute__((weak));
extern int archive_read_support_filter_zstd(struct archive *) __attribute__((weak));

struct compression {
	const char *magic;
	size_t size;                             /* its size */
	int (*support)(struct archive *archive); /* may be NULL */
	const char *program;
	part_end_fn *find_end; /* NULL: libarchive stops at the end by itself */
};

/*
 * Those supported by the kernel (lib/decompress.c). libarchive's filters are listed individually:
 * "all" would include some that run programs.
 */
static const struct compression compressions[] = {
	{ "\x1f\x8b", 2, archive_read_support_filter_gzip, "gzip", NULL },
	{ "\x1f\x9e", 2, archive_read_support_filter_gzip, "gzip", NULL },
	{ "BZh", 3, archive_read_support_filter_bzip2, "bzip2", NULL },
	{ "\x5d\0\0", 3, archive_read_support_filter_lzma, "lzma", NULL },
	{ "\xfd"
	  "7zXZ\0",
	  6, archive_read_support_filter_xz, "xz", part_end_xz },
	{ "\x89LZO\0\r\n\x1a\n", 9, archive_read_support_filter_lzop, "lzop", part_end_lzop },
	{ "\x02\x21\x4c\x18", 4, archive_read_support_filter_lz4, "lz4", part_end_lz4 },
	{ "\x28\xb5\x2f\xfd", 4, archive_read_support_filter_zstd, "zstd", part_end_zstd },
};

/* Returns the compression of a part that begins with the @size bytes of @start, or NULL. */
static const struct compression *find_compression(const unsigned char *start, size_t size)
{
	size_t i;

	for (i = 0; i < sizeof(compressions) / sizeof(compressions[0]); i++)
		if (size >= compressions[i].size &&
		    memcmp(start, compressions[i].magic, compressions[i].size) == 0)
			return &compressions[i];
	return NULL;
}

struct image_part {
	int fd;
	off_t start, at, end;                  /* its beginning; what has not been read */
	const struct compression *compression; /* NULL: plain */
	struct archive *archive;               /* NULL: plain, or by a program */
	struct decompressor decompressor;
	size_t first, last; /* the bytes in buffer[] that have not been consumed */
	unsigned char chunk[CHUNK], buffer[CHUNK];
};

/* --- what is read ------------------------------------------------------------------------------
 */

/* Reads the next bytes of the image. Returns the number of bytes, 0 at the end, or -1. */
static ssize_t read_raw(struct image_part *part, void *to, size_t size)
{
	ssize_t got;

	if (part->end - part->at < (off_t)size)
		size = (size_t)(part->end - part->at);
	got = size ? pread(part->fd, to, size, part->at) : 0;
	if (got > 0)
		part->at += got;
	return got;
}

/* A callback of libarchive. */
static la_ssize_t read_chunk(struct archive *archive, void *data, const void **chunk)
{
	struct image_part *part = data;
	ssize_t got = read_raw(part, part->chunk, CHUNK);

	if (got < 0)
		archive_set_error(archive, errno, "%s", strerror(errno));
	*chunk = part->chunk;
	return got;
}

/* Reads what libarchive decompresses. Returns as read(2). */
static ssize_t read_archive(struct image_part *part, void *to, size_t size)
{
	ssize_t got = archive_read_data(part->archive, to, size);

	if (got < 0)
		errno = EBADMSG;
	return got;
}

/* Reads the next bytes, decompressed. Returns as read(2). */
static ssize_t read_part(struct image_part *part, void *to, size_t size)
{
	ssize_t got;

	if (!part->compression)
		return read_raw(part, to, size);
	if (part->archive)
		return read_archive(part, to, size);
	do
		got = read(part->decompressor.output, to, size);
	while (got < 0 && errno == EINTR);
	return got;
}

/* --- opening, closing --------------------------------------------------------------------------
 */

/*
 * Opens it with libarchive. Returns 0, -ENOSYS if not supported, or another negative errno value.
 */
static int open_archive(struct image_part *part)
{
	struct archive_entry *entry;
	int result;

	part->archive = archive_read_new();
	if (!part->archive)
		return -ENOMEM;
	/* ARCHIVE_WARN: it would run a program. */
	if (!part->compression->support ||
	    part->compression->support(part->archive) != ARCHIVE_OK) {
		archive_read_free(part->archive);
		part->archive = NULL;
		return -ENOSYS;
	}
	archive_read_support_format_raw(part->archive);
	result = archive_read_open(part->archive, part, NULL, read_chunk, NULL);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(part->archive, &entry);
	return result == ARCHIVE_OK ? 0 : -EBADMSG;
}

/* Starts to decompress the part. Returns 0 or a negative errno value. */
static int start(struct image_part *part)
{
	const struct compression *compression = part->compression;
	int err;

	if (!compression)
		return 0;
	if (compression->find_end)
		part->end = compression->find_end(part->fd, part->at, part->end);
	err = open_archive(part);
	if (err != -ENOSYS)
		return err;
	err = decompressor_start(&part->decompressor, compression->program, part->fd, part->at,
				 part->end);
	return err == -ENOENT ? -ENOPKG : err;
}

int image_part_open(struct image_part **part, int fd, off_t at, off_t end, const char **program)
{
	struct image_part *fresh = malloc(sizeof(*fresh));
	unsigned char magic[16];
	ssize_t size = pread(fd, magic, sizeof(magic), at);
	int err = -ENOENT;

	*program = NULL;
	if (!fresh || size < 0) {
		free(fresh);
		return fresh ? -errno : -ENOMEM;
	}
	fresh->fd = fd;
	fresh->start = fresh->at = at;
	fresh->end = end;
	fresh->first = fresh->last = 0;
	fresh->archive = NULL;
	fresh->decompressor = (struct decompressor){ 0 };
	if (size > end - at)
		size = (ssize_t)(end - at);
	fresh->compression = find_compression(magic, (size_t)size);
	if (fresh->compression)
		*program = fresh->compression->program;
	if (fresh->compression || (size >= 5 && memcmp(magic, CPIO_MAGIC, 5) == 0))
		err = start(fresh);
	if (err)
		image_part_close(fresh);
	else
		*part = fresh;
	return err;
}

off_t image_part_close(struct image_part *part)
{
	off_t behind = part->at - (off_t)(part->last - part->first);

	if (part->compression && part->compression->find_end)
		behind = part->end;
	else if (part->archive)
		behind = part->start + archive_filter_bytes(part->archive, -1);
	archive_read_free(part->archive);
	decompressor_stop(&part->decompressor);
	free(part);
	return behind;
}

/* --- consuming ---------------------------------------------------------------------------------
 */

const unsigned char *image_part_peek(struct image_part *part, size_t size)
{
	size_t there = part->last - part->first;
	ssize_t got = 1;

	if (there < size && part->first) {
		memmove(part->buffer, part->buffer + part->first, there);
		part->first = 0;
		part->last = there;
	}
	while (part->last - part->first < size && got > 0) {
		got = read_part(part, part->buffer + part->last, CHUNK - part->last);
		if (got > 0)
			part->last += (size_t)got;
	}
	if (part->last - part->first >= size)
		return part->buffer + part->first;
	if (got == 0)
		errno = part->last > part->first ? EIO : ENODATA;
	return NULL;
}

int image_part_skip_zeros(struct image_part *part, unsigned long long *budget)
{
	while (image_part_peek(part, 1)) {
		for (; part->first < part->last; part->first++, --*budget) {
			if (part->buffer[part->first])
				return 0;
			if (!*budget) {
				errno = EFBIG;
				return -1;
			}
		}
	}
	return errno == ENODATA ? 0 : -1;
}

int image_part_skip(struct image_part *part, unsigned long long size)
{
	size_t step;

	while (size) {
		if (part->first == part->last && !part->compression &&
		    size <= (unsigned long long)(part->end - part->at)) {
			part->at += (off_t)size;
			return 0;
		}
		if (!image_part_peek(part, 1))
			return -1;
		step = part->last - part->first;
		if (step > size)
			step = (size_t)size;
		part->first += step;
		size -= step;
	}
	return 0;
}
