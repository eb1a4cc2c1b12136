/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysroot_files.h - /sys and /proc of the machine that an image is for (sysfs(5), proc(5))
 *
 * In all of them @sysroot is as for path_below(), and the path is a printf(3) format: the machine's
 * own absolute path, which does not name the sysroot. What is not there, what cannot be read and
 * lack of memory come out alike: as nothing. Strings and lists are new and the caller's to free.
 */
#ifndef VFIO_CLAIM_HOST_SYSROOT_FILES_H
#define VFIO_CLAIM_HOST_SYSROOT_FILES_H

#include <stdbool.h>

#include "string_set.h"

/* Whether the path exists, links followed. */
bool sysroot_has(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The first line of a file without its newline: a new string, or NULL. */
char *sysroot_read(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Where a path leads when all its links are followed: a new string, or NULL when to nothing. */
char *sysroot_real(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The entries of a directory without the hidden ones, in the order of their names. */
struct string_set sysroot_list(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
