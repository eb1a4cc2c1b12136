/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zfs_pool.h - the devices of a ZFS pool, by libblkid
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_ZFS_POOL_H
#define VFIO_CLAIM_MACHINE_DISKS_ZFS_POOL_H

#include "../protection_search.h"

/*
 * Adds every member of the pool of a dataset, "rpool/ROOT/debian", to the search. Nothing in /proc
 * or /sys tells which those are, so the labels of all disks and partitions are read (libblkid(3)).
 * Pools of the same name are told apart by /proc/spl/kstat/zfs/POOL/guid, which OpenZFS has
 * from 2.2 on.
 */
void zfs_pool_add(struct protection *protection, const char *dataset);

#endif
