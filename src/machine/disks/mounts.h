/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.h - tables of what is or can be mounted: mountinfo and swaps (proc(5)), fstab(5)
 *
 * Each table is new and the caller's, for mnt_free_table(); NULL when there is none that can be
 * read. Lines that cannot be understood are left out. @sysroot: see path_below().
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_MOUNTS_H
#define VFIO_CLAIM_MACHINE_DISKS_MOUNTS_H

#include "../../host/string_set.h"

struct libmnt_fs;
struct libmnt_table;

/* What the process @process ("812", "self") sees mounted. */
struct libmnt_table *mounts_read(const char *sysroot, const char *process);

/* What this process sees mounted; in a copied tree, what process 1 does. */
struct libmnt_table *mounts_read_own(const char *sysroot);

struct libmnt_table *mounts_read_fstab(const char *sysroot);

/* The swap areas in use. */
struct libmnt_table *mounts_read_swaps(const char *sysroot);

/* What is mounted on @target; NULL for nothing, and for @mounts NULL. It belongs to @mounts. */
struct libmnt_fs *mounts_find(struct libmnt_table *mounts, const char *target);

/* The mount that holds the file @path, likewise. */
struct libmnt_fs *mounts_find_file(struct libmnt_table *mounts, const char *path);

/*
 * Adds the ID and the device number, "31" and "0:45", of every mount of a file system of another
 * host or of FUSE, in all mount namespaces: asking about a file there can hang.
 */
void mounts_find_far(const char *sysroot, struct string_set *far);

#endif
