/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_backup.h - replaces system files as a whole, and can restore them
 *
 * @sysroot and paths are as for path_below(). A path that is a link stands for its target. Anything
 * that exists and is not a regular file is an error in all of them.
 */
#ifndef VFIO_CLAIM_HOST_FILE_BACKUP_H
#define VFIO_CLAIM_HOST_FILE_BACKUP_H

#include <stdbool.h>

#include "file_attributes.h"

/* A file's former state. All zero: not taken yet. */
struct file_backup {
	bool taken;
	char *file; /* its path, links resolved as of then */
	int copy;   /* an open file without a name; -1: there was none */
	struct file_attributes attributes;
};

/*
 * Returns all of a text file: a new string, which the caller frees; "" for a link to /dev/null.
 * NULL with errno: EILSEQ if it has a NUL character, EFBIG beyond 16 MiB.
 */
char *file_text(const char *sysroot, const char *path);

/*
 * Writes @text to the file, keeping its owner, mode and extended attributes, or removes it if that
 * is NULL. Returns 0, or -1 after printing an error.
 */
int file_replace(const char *sysroot, const char *path, const char *text);

/*
 * Checks in advance that a file can be changed: its file system is not read-only, and the file not
 * immutable (access(2)). Returns 0, or -1 after printing an error.
 */
int file_check_writable(const char *sysroot, const char *path);

/* Removes leftovers of a killed run of file_replace() next to it. */
void file_clean(const char *sysroot, const char *path);

/*
 * Prints how @text differs from the file, like diff -u. Returns 0, or -1 after printing an error.
 */
int file_show_difference(const char *sysroot, const char *path, const char *text);

/* Takes a copy, which does not outlive the program. Returns 0, or -1 after printing an error. */
int file_backup_take(struct file_backup *kept, const char *sysroot, const char *path);

/*
 * Restores it, or removes what is there now, unless nothing has changed.
 * Returns 0, or -1 after printing an error.
 */
int file_backup_restore(const struct file_backup *kept, const char *sysroot, const char *path);

/* Returns true if a copy was taken, and the file is not as it was then. */
bool file_backup_differs(const struct file_backup *kept);

/* Verifies that it is as it was. Returns 0, or -1 after printing what differs. */
int file_backup_verify(const struct file_backup *kept, const char *sysroot, const char *path);

/* Frees the copy. */
void file_backup_forget(struct file_backup *kept);

#endif
