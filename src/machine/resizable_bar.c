/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "resizable_bar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"

/* Bit 0 of resourceN_resize is 1 MiB, each of the next ones twice as much. */
#define SMALLEST 20

/* Returns the size of BAR @number by its line of "resource": its first and last address. */
static uint64_t present_size(const char *sysroot, const char *slot, unsigned int number)
{
	char path[64], *text, *line, *rest;
	uint64_t first, last;

	snprintf(path, sizeof(path), DEVICES "/%s/resource", slot);
	text = file_text(sysroot, path);
	for (line = text; line && number; number--) {
		line = strchr(line, '\n');
		line += line != NULL;
	}
	first = line ? strtoull(line, &rest, 16) : 0;
	last = line ? strtoull(rest, NULL, 16) : 0;
	free(text);
	return last ? last - first + 1 : 0;
}

/* Returns the largest size in the bits of resourceN_resize, or 0. */
static uint64_t largest_size(const char *sysroot, const char *slot, unsigned int number)
{
	char *text = sysroot_read(sysroot, DEVICES "/%s/resource%u_resize", slot, number);
	uint64_t sizes = text ? strtoull(text, NULL, 16) : 0;
	int bit = 63 - SMALLEST;

	free(text);
	while (bit >= 0 && !(sizes >> bit & 1))
		bit--;
	return bit < 0 ? 0 : (uint64_t)1 << (bit + SMALLEST);
}

size_t resizable_bars_find(const char *sysroot, const char *slot, struct resizable_bar bars[BARS])
{
	uint64_t largest;
	unsigned int number;
	size_t count = 0;

	for (number = 0; number < BARS; number++) {
		largest = largest_size(sysroot, slot, number);
		if (largest)
			bars[count++] = (struct resizable_bar){
				.number = number,
				.size = present_size(sysroot, slot, number),
				.largest = largest,
			};
	}
	return count;
}
