/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * block_devices.h - from a block device down to the controllers behind it, by sysfs: its place
 * below /sys/devices, "slaves" of what is assembled (Documentation/ABI/stable/sysfs-block),
 * loop/backing_file (Documentation/ABI/testing/sysfs-block-loop), the controllers of an NVMe
 * subsystem (drivers/nvme/host/core.c, nvme_init_subsystem()) and the connections of an iSCSI
 * session (drivers/scsi/scsi_transport_iscsi.c)
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_BLOCK_DEVICES_H
#define VFIO_CLAIM_MACHINE_DISKS_BLOCK_DEVICES_H

#include <sys/types.h>

#include "../protection_search.h"

/*
 * Goes one step from a block device towards the controllers behind it: adds what it is made of to
 * the search (the disk of a partition, the members of device-mapper, md or bcache, the file of a
 * loop device), or protects its controllers, all of them for an NVMe subsystem. A disk on another
 * host counts as remote, one in memory as none. @path: its directory in sysfs, links followed.
 */
void block_follow(struct protection *protection, const char *path);

/*
 * Finds the directory of a block device in sysfs, links followed: a new string for the caller to
 * free, or NULL. @sysroot: see path_below(), as below.
 */
char *block_by_number(const char *sysroot, dev_t number);

/*
 * The same for its node. Where that is none, as in a copy of a tree, its name counts, links
 * followed: "/dev/mapper/root" that leads to "/dev/dm-0" is the device dm-0.
 */
char *block_by_node(const char *sysroot, const char *node);

/* The same for what fstab(5) names: a tag such as UUID=, or a node. */
char *block_by_source(const char *sysroot, const char *source);

/*
 * Finds the node that fstab(5) or crypttab(5) name, links followed, by a tag (the links that udev
 * makes) or a path: a new string for the caller to free, or NULL when it is not there.
 */
char *block_node(const char *sysroot, const char *source);

/* The node of a block device, "/dev/cciss/c0d0", by its name in sysfs: a new string, or NULL. */
char *block_node_of_name(const char *name);

#endif
