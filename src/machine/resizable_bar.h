/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resizable_bar.h - memory windows of a PCI function that can be resized
 * (Documentation/ABI/testing/sysfs-bus-pci: resourceN_resize, since 5.19)
 */
#ifndef VFIO_CLAIM_MACHINE_RESIZABLE_BAR_H
#define VFIO_CLAIM_MACHINE_RESIZABLE_BAR_H

#include <stddef.h>
#include <stdint.h>

/* The standard BARs of a function. */
#define BARS 6

struct resizable_bar {
	unsigned int number;
	uint64_t size;    /* now, in bytes; 0: it has no addresses */
	uint64_t largest; /* that the function can have */
};

/*
 * Finds those of the function at @slot. Returns how many there are. Not to be called for one in
 * D3cold, which that wakes (drivers/pci/pci-sysfs.c: __resource_resize_show()).
 * @sysroot: see path_below().
 */
size_t resizable_bars_find(const char *sysroot, const char *slot, struct resizable_bar bars[BARS]);

#endif
