// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libFuzzer's target for what the command reads of initramfs images. The first byte of the input
 * says what the rest is: 'i' an image, 'u' a unified one, '0' and up an archive to be compressed.
 *
 * What is promised: a compressed archive has what it has without compression.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../src/image/decompressor.h"
#include "../../src/image/image_contents.h"
#include "fuzz.h"

void broken(const char *what)
{
	fprintf(stderr, "BROKEN PROMISE: %s\n", what);
	abort();
}

/* Makes a file in memory and prints its name into @path. Returns its descriptor. */
static int make_file(const void *data, size_t size, char path[64])
{
	int fd = memfd_create("input", MFD_CLOEXEC);

	expect(fd >= 0 && write(fd, data, size) == (ssize_t)size, "a file in memory");
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	return fd;
}

/* In place of decompressor.c: no program is run here. */
int decompressor_start(struct decompressor *decompressor, const char *program, int fd, off_t at,
		       off_t end)
{
	(void)decompressor;
	(void)program;
	(void)fd;
	(void)at;
	(void)end;
	return -ENOENT;
}

void decompressor_stop(struct decompressor *decompressor)
{
	(void)decompressor;
}

static struct image_contents *read_image(const void *data, size_t size, bool unified)
{
	char path[64];
	int fd = make_file(data, size, path);
	struct installed_image image = { .name = path, .path = path, .unified = unified };
	struct image_contents *contents = image_contents_read(&image);

	expect(contents, "memory for an image");
	expect(!contents->damaged || contents->trouble, "what is wrong with an image is said");
	image_contents_have_module(contents, "vfio-pci");
	close(fd);
	return contents;
}

/*
 * Compresses the data in a way that @way chooses. Returns its size. The kernel knows no lz4 as
 * libarchive writes it.
 */
static size_t compress(const void *data, size_t size, unsigned int way, void *to, size_t room)
{
	static int (*const filters[])(struct archive * archive) = {
		archive_write_add_filter_gzip,  archive_write_add_filter_zstd,
		archive_write_add_filter_bzip2, archive_write_add_filter_lzma,
		archive_write_add_filter_xz,
	};
	struct archive *archive = archive_write_new();
	struct archive_entry *entry = archive_entry_new();
	size_t used = 0;

	archive_entry_set_filetype(entry, AE_IFREG);
	archive_write_set_format_raw(archive);
	filters[way % (sizeof(filters) / sizeof(filters[0]))](archive);
	/* Quick, and in little memory. */
	archive_write_set_filter_option(archive, NULL, "compression-level", "1");
	archive_write_set_bytes_in_last_block(archive, 1);
	archive_write_open_memory(archive, to, room, &used);
	archive_write_header(archive, entry);
	archive_write_data(archive, data, size);
	archive_write_close(archive);
	archive_write_free(archive);
	archive_entry_free(entry);
	return used;
}

/* Returns true if a part of it may be taken for a compressed one: by the first bytes of each. */
static bool has_magic(const uint8_t *data, size_t size)
{
	static const char *const magics[] = { "\x1f\x8b", "\x1f\x9e", "BZ",       "\x5d\0",
					      "\xfd\x37", "\x89L",    "\x02\x21", "\x28\xb5" };
	size_t i;

	for (i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (memmem(data, size, magics[i], 2))
			return true;
	return false;
}

static void expect_same(const struct image_contents *one, const struct image_contents *other)
{
	size_t i;

	expect(!other->trouble, "a compressed archive can be read, too");
	expect(one->count == other->count, "a compressed archive has the same names");
	for (i = 0; i < one->count; i++)
		expect(strcmp(one->names[i], other->names[i]) == 0, "the same names in order");
	for (i = 0; i < IMAGE_FILE_COUNT; i++) {
		const struct image_content *its = &one->file[i], *others = &other->file[i];

		expect(its->there == others->there && its->too_long == others->too_long &&
			       !its->text == !others->text &&
			       (!its->text || strcmp(its->text, others->text) == 0),
		       "a compressed archive has the same files");
	}
}

/* The first byte chooses the compression. */
static void look_at_archive(const uint8_t *data, size_t size)
{
	static uint8_t compressed[65536];
	struct image_contents *one, *other;

	/* Zeros in front of an archive are no part of a compressed one. */
	if (size < 2 || data[0] < '0' || data[1] != '0' || has_magic(data, size))
		return;
	one = read_image(data + 1, size - 1, false);
	other = read_image(
		compressed,
		compress(data + 1, size - 1, data[0] - '0', compressed, sizeof(compressed)), false);
	if (!one->trouble)
		expect_same(one, other);
	image_contents_free(other);
	image_contents_free(one);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && (data[0] == 'i' || data[0] == 'u'))
		image_contents_free(read_image(data + 1, size - 1, data[0] == 'u'));
	else
		look_at_archive(data, size);
	return 0;
}
