/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysroot.h - paths below another root
 */
#ifndef VFIO_CLAIM_HOST_SYSROOT_H
#define VFIO_CLAIM_HOST_SYSROOT_H

#include <stdbool.h>

/*
 * Where @path lies when @root is taken for "/": symbolic links are followed as a process in
 * chroot(2) @root would, so an absolute link inside the tree (/lib -> /usr/lib) leads back into
 * the tree and never to the host's own files.
 * @root: a directory, or "" for the real root (@path is then given back as it is and the kernel
 *        follows the links, see path_resolution(7)).
 * @path: an absolute path; parts of it that do not exist are kept as they stand.
 * Gives a malloc(3)ed string that the caller frees, or NULL with errno ENOMEM, ELOOP (more than
 * 40 links, the kernel's own limit) or what readlink(2) said.
 */
char *path_below(const char *root, const char *path);

/*
 * What @path is called inside @root when all links are followed as path_below() does, the real root
 * no exception: "/sys/devices/..." for "/sys/class/net/eth0". Gives as path_below() does.
 */
char *path_within(const char *root, const char *path);

/*
 * Whether @path, links followed, is a directory (stat(2)). Anything that hinders stat counts as no.
 */
bool is_directory(const char *path);

/*
 * Whether @path, links followed, is a regular file (stat(2)). Anything that hinders stat counts
 * as no.
 */
bool is_file(const char *path);

#endif
