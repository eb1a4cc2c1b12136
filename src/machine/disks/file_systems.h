/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_systems.h - from file systems, files and swap areas to the devices behind them
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_FILE_SYSTEMS_H
#define VFIO_CLAIM_MACHINE_DISKS_FILE_SYSTEMS_H

#include "../protection_search.h"

struct libmnt_fs;

/*
 * Adds what is behind a mount, or a line of fstab(5), to the search: block devices, the members of
 * a btrfs or a ZFS pool, the layers of an overlay; protects at once what has no block device
 * (virtiofs, 9p). A file system on another host counts as remote, one in memory as none.
 */
void file_systems_add(struct protection *protection, struct libmnt_fs *fs);

/* Adds what a line of fstab(5) or swaps names: a tag such as UUID=, a node or a file. */
void file_systems_add_source(struct protection *protection, const char *source);

/*
 * Follows all that has been added to the search, and whatever that adds, down to the controllers;
 * files by the mounts of @protection.
 */
void file_systems_follow(struct protection *protection);

#endif
