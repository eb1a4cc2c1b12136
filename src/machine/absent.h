/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * absent.h - devices that are not there now but may appear: virtual functions and hot-plugged ones
 */
#ifndef VFIO_CLAIM_MACHINE_ABSENT_H
#define VFIO_CLAIM_MACHINE_ABSENT_H

#include <stdbool.h>

#include "../core/selector.h"
#include "../core/text.h"

/*
 * Returns true if a device may appear at a slot or path that names nothing now: as a virtual
 * function (sriov_totalvfs, sriov_offset and sriov_stride in
 * Documentation/ABI/testing/sysfs-bus-pci), or behind a bridge, on an empty bus
 * (secondary_bus_number, subordinate_bus_number: the kernel reserves bus numbers for what can be
 * plugged in). Appends how to @line: "it will be claimed as soon as 02:00.0 creates this virtual
 * function". Returns false for an ID, which says nothing about a place, and where the selector can
 * only be a typo. @sysroot: see path_below().
 */
bool words_of_appearance(struct text *line, const char *sysroot, const struct selector *selector);

#endif
