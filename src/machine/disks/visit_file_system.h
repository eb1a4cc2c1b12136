/* SPDX-License-Identifier: GPL-2.0-or-later */
/* visit_file_system.h - looks into a file system that may not be mounted */
#ifndef VFIO_CLAIM_MACHINE_DISKS_VISIT_FILE_SYSTEM_H
#define VFIO_CLAIM_MACHINE_DISKS_VISIT_FILE_SYSTEM_H

/*
 * Reads something. @root: a descriptor of the file system's root directory. Returns 0 or an errno
 * (positive). The function may run in a child process: then only the files that it writes and its
 * return value remain, and messages are not collected.
 */
typedef int visit_fn(int root, void *what);

/*
 * Returns where a block device is mounted as a whole: a path inside the sysroot, a new string for
 * the caller to free; NULL if it is not mounted, or if out of memory. @node: the node of the block
 * device, links followed, inside the sysroot. @sysroot: see path_below().
 */
char *file_system_mounted(const char *sysroot, const char *node);

/*
 * Mounts the file system on @node, of whatever type, read-only for @visit alone: in a mount
 * namespace of a child process. It is unmounted when the child ends, however that happens
 * (mount_namespaces(7)), and no other process sees it. Needs CAP_SYS_ADMIN. Returns what @visit
 * returns, or another errno (positive): ENODATA if there is no file system, EBUSY if it is mounted
 * for writing, here or in another namespace.
 */
int visit_unmounted(const char *sysroot, const char *node, visit_fn *visit, void *what);

#endif
