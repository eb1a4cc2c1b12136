/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_systems.h - the devices behind the file systems and swap areas that a machine runs from
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_FILE_SYSTEMS_H
#define VFIO_CLAIM_MACHINE_DISKS_FILE_SYSTEMS_H

#include "../protection_search.h"

/*
 * Protects what is behind /, /usr, /boot and the EFI partition, by what is mounted (proc(5),
 * mountinfo) or else by fstab(5), and behind every swap area that is in use or in fstab. What
 * cannot be found out is warned of.
 */
void file_systems_protect(struct protection *protection);

/*
 * Protects what is behind everything that is in use now, each for a purpose that is a sentence:
 * mounted file systems ("/dev/sdb1 is mounted on /data"), swap areas, volumes assembled from other
 * devices (device-mapper, md, bcache) and the ZFS pools that are imported. Not what only repeats
 * another mount: overlays, loop devices, what comes from another host or is in memory.
 */
void file_systems_find_users(struct protection *protection);

/*
 * Finds the block device that a line of fstab(5) names, by a tag such as UUID= or as a node: its
 * directory in sysfs, a new string for the caller to free, or NULL when it is not there.
 * @sysroot: see path_below().
 */
char *block_by_source(const char *sysroot, const char *source);

/*
 * Protects what is behind the file system that holds a file, by the mounts of @protection.
 * @path: absolute, as the machine itself sees it.
 */
void file_protect(struct protection *protection, const char *path);

#endif
