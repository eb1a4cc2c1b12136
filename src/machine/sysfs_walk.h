/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysfs_walk.h - what the driver of a PCI function has made in sysfs: disks, interfaces, nodes
 */
#ifndef VFIO_CLAIM_MACHINE_SYSFS_WALK_H
#define VFIO_CLAIM_MACHINE_SYSFS_WALK_H

/*
 * Gets the directory of one device, by the path at which the machine itself sees it,
 * "/sys/devices/...", and the subsystem that it belongs to, "block".
 */
typedef void walk_fn(void *to, const char *path, const char *subsystem);

/*
 * Calls @found for each directory below that of the function @slot that belongs to a subsystem (has
 * a link of that name: Documentation/ABI/testing/sysfs-devices), however deep, in the order of
 * their names; links are not followed. @subsystem: only those of this one; NULL for all. @sysroot:
 * see path_below().
 */
void walk_below(const char *sysroot, const char *slot, const char *subsystem, walk_fn *found,
		void *to);

#endif
