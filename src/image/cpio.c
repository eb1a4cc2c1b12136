/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpio.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#define HEADER_SIZE 110
#define MAGIC_SIZE  6
#define DIGITS      8 /* of each number */
#define TRAILER     "TRAILER!!!"

/* The numbers in the header, by index. */
enum {
	FIELD_INODE = 0,
	FIELD_MODE = 1,
	FIELD_LINKS = 4,
	FIELD_SIZE = 6,
	FIELD_MAJOR = 7,
	FIELD_MINOR = 8,
	FIELD_NAME_SIZE = 11,
};

/* A failed read: a premature end is an error here. */
static int read_error(void)
{
	return errno == ENODATA || errno == EIO ? -EBADMSG : -errno;
}

static bool is_header(const unsigned char *header)
{
	size_t i;

	for (i = MAGIC_SIZE; i < HEADER_SIZE; i++)
		if (!isxdigit(header[i]))
			return false;
	return memcmp(header, CPIO_MAGIC, MAGIC_SIZE - 1) == 0 &&
	       (header[MAGIC_SIZE - 1] == '1' || header[MAGIC_SIZE - 1] == '2');
}

static uint32_t field(const unsigned char *header, unsigned int number)
{
	uint32_t value = 0;
	size_t i;

	for (i = 0; i < DIGITS; i++) {
		int digit = tolower(header[MAGIC_SIZE + number * DIGITS + i]);

		value = value << 4 | (uint32_t)(isdigit(digit) ? digit - '0' : digit - 'a' + 10);
	}
	return value;
}

/* Returns the padding to a multiple of 4, which follows names and data. */
static unsigned int padding(unsigned long long size)
{
	return (unsigned int)(-size & 3);
}

/* Subtracts @size from the budget. */
static int spend(unsigned long long *budget, unsigned long long size)
{
	if (size > *budget)
		return -EFBIG;
	*budget -= size;
	return 0;
}

/* Consumes @size bytes and their padding, which may be missing at the end of the part. */
static int consume(struct image_part *part, unsigned long long *budget, unsigned long long size)
{
	int err = spend(budget, size + padding(size));

	if (!err && image_part_skip(part, size) < 0)
		err = read_error();
	if (!err && image_part_skip(part, padding(size)) < 0 && errno != ENODATA)
		err = read_error();
	return err;
}

/* Reads a header and the name that follows. */
static int read_entry(struct image_part *part, unsigned long long *budget, struct cpio_entry *entry)
{
	const unsigned char *header = image_part_peek(part, HEADER_SIZE), *name;
	uint32_t name_size;

	if (!header)
		return read_error();
	if (!is_header(header))
		return -EBADMSG;
	entry->inode = field(header, FIELD_INODE);
	entry->mode = field(header, FIELD_MODE);
	entry->links = field(header, FIELD_LINKS);
	entry->size = field(header, FIELD_SIZE);
	entry->major = field(header, FIELD_MAJOR);
	entry->minor = field(header, FIELD_MINOR);
	name_size = field(header, FIELD_NAME_SIZE);
	if (!name_size || name_size > sizeof(entry->name))
		return -EBADMSG;
	name = image_part_peek(part, HEADER_SIZE + name_size);
	if (!name)
		return read_error();
	memcpy(entry->name, name + HEADER_SIZE, name_size);
	entry->name[name_size - 1] = '\0';
	return consume(part, budget, HEADER_SIZE + name_size);
}

int cpio_read(struct image_part *part, unsigned long long *budget, cpio_entry_fn *take, void *to)
{
	struct cpio_entry entry;
	int err;

	entry.part = part;
	for (;;) {
		err = read_entry(part, budget, &entry);
		if (err || strcmp(entry.name, TRAILER) == 0)
			return err;
		err = take(to, &entry);
		if (!err)
			err = consume(part, budget, entry.size);
		if (err)
			return err;
	}
}

const unsigned char *cpio_data(const struct cpio_entry *entry)
{
	return image_part_peek(entry->part, entry->size);
}
