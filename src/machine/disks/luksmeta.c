/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "luksmeta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "big_endian.h"
#include "clevis_binding.h"

#define SECTOR 512
#define ALIGN  4096
#define SLOTS  8

/* LUKS1: layout of the header (LUKS On-Disk Format Specification 1.2.3, tables 2 and 3). */
#define PAYLOAD_AT     104
#define KEY_BYTES_AT   108
#define SLOTS_AT       208
#define SLOT_SIZE      48
#define SLOT_OFFSET    40 /* of the key material, in sectors */
#define SLOT_STRIPES   44
#define SLOT_IS_IN_USE 0x00ac71f3

/* luksmeta: magic, version and checksum, and then a record for each slot. */
#define META_HEADER 16
#define META_RECORD 32
#define META_SIZE   (META_HEADER + SLOTS * META_RECORD)

/* No binding is nearly as large. */
#define JWE_MAX (256 * 1024)

static const unsigned char meta_magic[] = { 'L', 'U', 'K', 'S', 'M', 'E', 'T', 'A' };

/* The UUID by which clevis marks its own data. */
static const unsigned char clevis_uuid[] = { 0xcb, 0x6e, 0x89, 0x04, 0x81, 0xff, 0x40, 0xda,
					     0xa8, 0x4a, 0x07, 0xab, 0x9a, 0xb5, 0x71, 0x5e };

/* Where the gap begins; 0 when there is none. */
static uint64_t find_gap(const unsigned char *raw)
{
	uint64_t payload = (uint64_t)big_endian_32(raw + PAYLOAD_AT) * SECTOR;
	uint64_t key_bytes = big_endian_32(raw + KEY_BYTES_AT), end, gap = 0;
	const unsigned char *slot;
	int i;

	for (i = 0; i < SLOTS; i++) {
		slot = raw + SLOTS_AT + i * SLOT_SIZE;
		end = (uint64_t)big_endian_32(slot + SLOT_OFFSET) * SECTOR +
		      (key_bytes * big_endian_32(slot + SLOT_STRIPES) + SECTOR - 1) / SECTOR *
			      SECTOR;
		if (gap < end)
			gap = (end + ALIGN - 1) / ALIGN * ALIGN;
	}
	return gap && gap + META_SIZE <= payload ? gap : 0;
}

/* Reads one record's binding. Returns 0 or a negative errno value. */
static int read_binding(struct luks_header *header, int fd, uint64_t at, size_t len, int slot)
{
	char *jwe = malloc(len);
	int err = jwe ? -EBADMSG : -ENOMEM;

	if (jwe && pread(fd, jwe, len, (off_t)at) == (ssize_t)len)
		err = clevis_binding_add(header, jwe, len, slot);
	free(jwe);
	return err;
}

static void note_slots(struct luks_header *header, const unsigned char *raw, unsigned int bound)
{
	int i;

	header->slots_known = true;
	for (i = 0; i < SLOTS; i++)
		if (big_endian_32(raw + SLOTS_AT + i * SLOT_SIZE) == SLOT_IS_IN_USE &&
		    !(bound & 1u << i))
			header->has_other_key = true;
}

int luksmeta_read(struct luks_header *header, int fd, const unsigned char *raw)
{
	uint64_t gap = find_gap(raw);
	unsigned char meta[META_SIZE], *record;
	unsigned int bound = 0;
	int err = 0, i;
	size_t len;

	if (!gap || pread(fd, meta, sizeof(meta), (off_t)gap) != sizeof(meta) ||
	    memcmp(meta, meta_magic, sizeof(meta_magic)) != 0)
		return 0;
	for (i = 0; !err && i < SLOTS; i++) {
		record = meta + META_HEADER + i * META_RECORD;
		len = big_endian_32(record + 20);
		if (memcmp(record, clevis_uuid, sizeof(clevis_uuid)) != 0)
			continue;
		bound |= 1u << i;
		err = len && len <= JWE_MAX
			      ? read_binding(header, fd, gap + big_endian_32(record + 16), len, i)
			      : -EBADMSG;
	}
	note_slots(header, raw, bound);
	return err;
}
