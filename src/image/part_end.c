/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "part_end.h"

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/* A walk over the part: after a premature end, every number read is 0. */
struct walk {
	int fd;
	off_t at, end;
	bool broken;
	off_t window_at; /* the bytes in window[]: a system call for each number would take hours */
	ssize_t window_size;
	unsigned char window[4096];
};

/* Makes sure that the window has @size bytes at walk->at. Returns false if they cannot be read. */
static bool look(struct walk *walk, size_t size)
{
	if (walk->at >= walk->window_at &&
	    walk->at + (off_t)size <= walk->window_at + walk->window_size)
		return true;
	walk->window_at = walk->at;
	walk->window_size = pread(walk->fd, walk->window, sizeof(walk->window), walk->at);
	return walk->window_size >= (ssize_t)size;
}

static void read_bytes(struct walk *walk, void *to, size_t size)
{
	memset(to, 0, size);
	if (walk->broken || walk->end - walk->at < (off_t)size || !look(walk, size))
		walk->broken = true;
	else
		memcpy(to, walk->window + (walk->at - walk->window_at), size);
	walk->at += (off_t)size;
}

static void skip(struct walk *walk, off_t size)
{
	if (walk->end - walk->at < size)
		walk->broken = true;
	else
		walk->at += size;
}

/* Reads a little-endian number of at most 4 bytes. */
static uint32_t little(struct walk *walk, size_t size)
{
	uint32_t value = 0;

	read_bytes(walk, &value, size);
	return le32toh(value);
}

static uint16_t big16(struct walk *walk)
{
	uint16_t value;

	read_bytes(walk, &value, sizeof(value));
	return be16toh(value);
}

static uint32_t big32(struct walk *walk)
{
	uint32_t value;

	read_bytes(walk, &value, sizeof(value));
	return be32toh(value);
}

static off_t end_of(const struct walk *walk)
{
	return walk->broken ? walk->end : walk->at;
}

/* --- xz ----------------------------------------------------------------------------------------
 */

#define XZ_MAGIC_SIZE    6
#define XZ_FOOTER_SIZE   12
#define LZMA2_RAW        2    /* 1 and 2: an uncompressed chunk */
#define LZMA2_LZMA       0x80 /* from here on: a compressed one */
#define LZMA2_PROPERTIES 0xC0 /* from here on: with one more byte */

/* Skips the chunks of a block, and its padding. */
static void skip_lzma2(struct walk *walk, off_t start)
{
	unsigned int control, size;

	while ((control = little(walk, 1))) {
		if (control > LZMA2_RAW && control < LZMA2_LZMA)
			walk->broken = true;
		skip(walk, control >= LZMA2_LZMA ? 2 : 0); /* its decompressed size */
		size = big16(walk);
		skip(walk, (off_t)size + 1 + (control >= LZMA2_PROPERTIES));
	}
	skip(walk, (start - walk->at) & 3);
}

/* Reads a number of the index, seven bits per byte. */
static uint64_t multibyte(struct walk *walk)
{
	unsigned int byte, shift = 0;
	uint64_t value = 0;

	do {
		byte = little(walk, 1);
		value |= (uint64_t)(byte & 0x7F) << shift;
		shift += 7;
	} while (byte & 0x80 && shift < 63);
	return value;
}

static void skip_xz_index(struct walk *walk, off_t start)
{
	uint64_t records = multibyte(walk);

	while (records-- && !walk->broken) {
		multibyte(walk);
		multibyte(walk);
	}
	skip(walk, (start - walk->at) & 3);
	skip(walk, 4); /* the checksum */
}

off_t part_end_xz(int fd, off_t at, off_t end)
{
	static const off_t check_sizes[] = {
		0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64
	};
	struct walk walk = { .fd = fd, .at = at, .end = end };
	unsigned int check, header;

	skip(&walk, XZ_MAGIC_SIZE + 1);
	check = little(&walk, 1);
	skip(&walk, 4);
	while ((header = little(&walk, 1))) {
		skip(&walk, (off_t)header * 4 + 3);
		skip_lzma2(&walk, at);
		skip(&walk, check_sizes[check & 15]);
	}
	skip_xz_index(&walk, at);
	skip(&walk, XZ_FOOTER_SIZE);
	return end_of(&walk);
}

/* --- zstd --------------------------------------------------------------------------------------
 */

#define ZSTD_MAGIC      0xFD2FB528
#define ZSTD_SKIPPABLE  0x184D2A50 /* to 0x184D2A5F */
#define ZSTD_RLE        1          /* a block of one repeated byte */
#define ZSTD_BLOCK_SIZE (128 * 1024)

static void skip_zstd_header(struct walk *walk, unsigned int descriptor)
{
	static const off_t dictionary_sizes[] = { 0, 1, 2, 4 }, content_sizes[] = { 0, 2, 4, 8 };
	bool single = descriptor & 0x20;
	unsigned int content = descriptor >> 6;

	skip(walk, !single); /* the window's size */
	skip(walk, dictionary_sizes[descriptor & 3]);
	skip(walk, single && !content ? 1 : content_sizes[content]);
}

static void skip_zstd_frame(struct walk *walk)
{
	unsigned int descriptor = little(walk, 1);
	uint32_t block;

	skip_zstd_header(walk, descriptor);
	do {
		block = little(walk, 3);
		if (block >> 3 > ZSTD_BLOCK_SIZE)
			walk->broken = true;
		skip(walk, (block >> 1 & 3) == ZSTD_RLE ? 1 : (off_t)(block >> 3));
	} while (!(block & 1) && !walk->broken);
	if (descriptor & 4)
		skip(walk, 4); /* the checksum */
}

off_t part_end_zstd(int fd, off_t at, off_t end)
{
	struct walk walk = { .fd = fd, .at = at, .end = end };
	off_t behind = at;
	uint32_t magic;

	while (!walk.broken) {
		behind = walk.at;
		magic = little(&walk, 4);
		if (magic == ZSTD_MAGIC)
			skip_zstd_frame(&walk);
		else if ((magic & 0xFFFFFFF0) == ZSTD_SKIPPABLE)
			skip(&walk, little(&walk, 4));
		else
			return behind;
	}
	/* The rest is too short for another frame, or a frame is truncated. */
	return walk.end - behind < 4 ? behind : end;
}

/* --- lz4 ---------------------------------------------------------------------------------------
 */

#define LZ4_MAGIC 0x184C2102
/* LZ4_compressBound() of the format's blocks, 8 MiB. */
#define LZ4_BLOCK (8 * 1024 * 1024 + 8 * 1024 * 1024 / 255 + 16)

off_t part_end_lz4(int fd, off_t at, off_t end)
{
	struct walk walk = { .fd = fd, .at = at, .end = end };
	off_t behind = at;
	uint32_t size;

	skip(&walk, 4);
	while (!walk.broken) {
		behind = walk.at;
		size = little(&walk, 4);
		if (size == LZ4_MAGIC)
			continue;
		if (!size || size > LZ4_BLOCK)
			return behind;
		skip(&walk, size);
	}
	return walk.end - behind < 4 ? behind : end;
}

/* --- lzop --------------------------------------------------------------------------------------
 */

#define LZOP_MAGIC_SIZE  9
#define LZOP_ADLER32_D   0x1
#define LZOP_ADLER32_C   0x2
#define LZOP_CRC32_D     0x100
#define LZOP_CRC32_C     0x200
#define LZOP_FILTER      0x800
#define LZOP_NEW_VERSION 0x0940 /* headers have more fields from this version on */

/* Returns the header's flags. */
static uint32_t skip_lzop_header(struct walk *walk)
{
	bool new;
	uint32_t flags;

	skip(walk, LZOP_MAGIC_SIZE);
	new = big16(walk) >= LZOP_NEW_VERSION;
	skip(walk, new ? 2 + 2 : 2); /* versions of the library */
	skip(walk, new ? 1 + 1 : 1); /* method, level */
	flags = big32(walk);
	if (flags & LZOP_FILTER)
		skip(walk, 4);
	skip(walk, new ? 4 + 4 + 4 : 4 + 4); /* mode, times */
	skip(walk, little(walk, 1));         /* name */
	skip(walk, 4);                       /* checksum */
	return flags;
}

off_t part_end_lzop(int fd, off_t at, off_t end)
{
	struct walk walk = { .fd = fd, .at = at, .end = end };
	uint32_t flags = skip_lzop_header(&walk), plain, packed;

	while (!walk.broken && (plain = big32(&walk))) {
		packed = big32(&walk);
		skip(&walk, flags & LZOP_ADLER32_D ? 4 : 0);
		skip(&walk, flags & LZOP_CRC32_D ? 4 : 0);
		if (packed < plain) {
			skip(&walk, flags & LZOP_ADLER32_C ? 4 : 0);
			skip(&walk, flags & LZOP_CRC32_C ? 4 : 0);
		}
		skip(&walk, packed);
	}
	return end_of(&walk);
}
