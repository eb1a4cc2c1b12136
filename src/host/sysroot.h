/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysroot.h - paths below another root
 */
#ifndef VFIO_CLAIM_HOST_SYSROOT_H
#define VFIO_CLAIM_HOST_SYSROOT_H

#include <stdbool.h>

/*
 * Returns where @path is if @root is "/": symbolic links are followed as by a process in chroot(2)
 * @root, so that an absolute link in the tree (/lib -> /usr/lib) leads back into the tree, never to
 * the host's own files.
 * @root: a directory, or "" for the real root: @path is then returned unchanged, and the kernel
 *        follows the links, see path_resolution(7).
 * @path: an absolute path; missing parts are kept as they are.
 * The caller frees the string. NULL with errno ENOMEM, ELOOP (more than 40 links, the kernel's own
 * limit) or an error of readlink(2).
 */
char *path_below(const char *root, const char *path);

/*
 * Returns the path inside @root that @path resolves to, also for the real root:
 * "/sys/devices/..." for "/sys/class/net/eth0". See path_below().
 */
char *path_within(const char *root, const char *path);

/* Returns true if @path, links followed, is a directory; false also if stat(2) fails. */
bool is_directory(const char *path);

/* Returns true if @path, links followed, is a regular file; false also if stat(2) fails. */
bool is_file(const char *path);

#endif
