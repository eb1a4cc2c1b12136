/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disks_in_use.h - what is mounted, swapped to or assembled now, and the devices behind it
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_DISKS_IN_USE_H
#define VFIO_CLAIM_MACHINE_DISKS_DISKS_IN_USE_H

#include "../protection_search.h"

/*
 * Protects what is behind everything that is in use now, each for a purpose that is a sentence:
 * mounted file systems ("/dev/sdb1 is mounted on /data"), also those that only another mount
 * namespace has, swap areas, volumes assembled from other devices (device-mapper, md, bcache) and
 * the ZFS pools that are imported. Not what only repeats another mount: overlays, loop devices,
 * what comes from another host or is in memory. A namespace that no process is in is not seen. Adds
 * the block devices it meets, by their directories in sysfs, to @known.
 */
void disks_in_use_find(struct protection *protection, struct string_set *known);

#endif
