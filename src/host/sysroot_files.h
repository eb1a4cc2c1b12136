/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sysroot_files.h - reads files below a sysroot, mainly in /sys and /proc (sysfs(5), proc(5))
 *
 * @sysroot is as for path_below(); the path is a printf(3) format for an absolute path inside it.
 * Missing or unreadable files and lack of memory give the same result: none. The caller frees
 * returned strings and sets.
 */
#ifndef VFIO_CLAIM_HOST_SYSROOT_FILES_H
#define VFIO_CLAIM_HOST_SYSROOT_FILES_H

#include <stdbool.h>

#include "string_set.h"

/* Returns true if the path exists, links followed. */
bool sysroot_has(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns the first line of a file without its newline, or NULL. */
char *sysroot_read(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns what a path resolves to, or NULL if that does not exist. */
char *sysroot_real(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns the entries of a directory, except hidden ones, sorted by name. */
struct string_set sysroot_list(const char *sysroot, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
