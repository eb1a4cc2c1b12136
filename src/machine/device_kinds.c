/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device_kinds.h"

#include <stddef.h>
#include <string.h>

/* The classes of the PCI Code and ID Assignment Specification, as in pci.ids. */
static const struct {
	const char *word;
	uint16_t class, mask;
} kinds[] = {
	{ "gpu", 0x0300, 0xff00 },         { "audio", 0x0401, 0xffff },
	{ "audio", 0x0403, 0xffff },       { "usb", 0x0c03, 0xffff },
	{ "nvme", 0x0108, 0xffff },        { "sata", 0x0106, 0xffff },
	{ "storage", 0x0100, 0xff00 },     { "net", 0x0200, 0xff00 },
	{ "net", 0x0d00, 0xff00 }, /* radio */
	{ "accelerator", 0x1200, 0xff00 }, { "bridge", 0x0600, 0xff00 },
};

#define KIND_COUNT (sizeof(kinds) / sizeof(kinds[0]))

unsigned int kind_find(const char *word)
{
	unsigned int found = 0;
	size_t i;

	for (i = 0; i < KIND_COUNT; i++)
		if (strcmp(kinds[i].word, word) == 0)
			found |= 1u << i;
	return found;
}

bool kind_has(unsigned int wanted, uint16_t class)
{
	size_t i;

	for (i = 0; i < KIND_COUNT; i++)
		if (wanted & 1u << i && (class & kinds[i].mask) == kinds[i].class)
			return true;
	return false;
}
