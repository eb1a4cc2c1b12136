/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * absent.h - devices that are not there now and may come: virtual functions, and what is plugged in
 */
#ifndef VFIO_CLAIM_CLI_ABSENT_H
#define VFIO_CLAIM_CLI_ABSENT_H

#include <stdbool.h>

#include "../selector.h"
#include "../text.h"

/*
 * Whether a device can appear where a slot or a path points that names nothing now: as a virtual
 * function (sriov_totalvfs, sriov_offset and sriov_stride in
 * Documentation/ABI/testing/sysfs-bus-pci), or behind a bridge, on a bus that is empty
 * (secondary_bus_number, subordinate_bus_number: the kernel keeps bus numbers for what can be
 * plugged in). Appends how to @line: "it is claimed as soon as 02:00.0 makes this virtual
 * function". False for an ID, which tells nothing of a place, and where only a typo can be the
 * reason. @sysroot: see path_below().
 */
bool words_of_appearance(struct text *line, const char *sysroot, const struct selector *selector);

#endif
