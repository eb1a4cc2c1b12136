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
 * Protects what is behind a block device: through partitions, device-mapper (LVM, LUKS, multipath),
 * md and bcache, loop devices and NVMe subsystems, to all controllers. Devices that are a disk on
 * another host count as remote, those in memory as none.
 * @path: of its directory in sysfs, links followed; NULL is ignored.
 */
void block_protect(struct protection *protection, const char *path);

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

#endif
