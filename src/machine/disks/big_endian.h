/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * big_endian.h - big-endian numbers in headers on disk
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_BIG_ENDIAN_H
#define VFIO_CLAIM_MACHINE_DISKS_BIG_ENDIAN_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

/* The number in the two, four or eight bytes at @raw, which need not be aligned (endian(3)). */
static inline uint16_t big_endian_16(const unsigned char *raw)
{
	uint16_t value;

	memcpy(&value, raw, sizeof(value));
	return be16toh(value);
}

static inline uint32_t big_endian_32(const unsigned char *raw)
{
	uint32_t value;

	memcpy(&value, raw, sizeof(value));
	return be32toh(value);
}

static inline uint64_t big_endian_64(const unsigned char *raw)
{
	uint64_t value;

	memcpy(&value, raw, sizeof(value));
	return be64toh(value);
}

#endif
