/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file_backup.h - files of the system that are replaced as a whole, and can be put back as they
 * were
 *
 * @sysroot and paths are as for path_below(). A path that is a link stands for the file that it
 * leads to. What is there and no regular file is an error in all of them.
 */
#ifndef VFIO_CLAIM_HOST_FILE_BACKUP_H
#define VFIO_CLAIM_HOST_FILE_BACKUP_H

#include <stdbool.h>

#include "file_attributes.h"

/* What a file was. All zero is one that nobody has looked at. */
struct file_backup {
	bool taken;
	char *file; /* where it is, its links resolved as they were then */
	int copy;   /* an open file without a name; -1 when there was none */
	struct file_attributes attributes;
};

/*
 * Returns all of a text file: a new string, which the caller frees; "" for a link to /dev/null.
 * NULL with errno: EILSEQ when it has a NUL character, EFBIG beyond 16 MiB.
 */
char *file_text(const char *sysroot, const char *path);

/*
 * Has the file hold @text, with the owner, mode and extended attributes that it had, or removes it
 * if that is NULL. Returns 0, or -1 after printing an error.
 */
int file_replace(const char *sysroot, const char *path, const char *text);

/*
 * Sees beforehand whether a file can be changed: not if its file system is read-only or the file
 * immutable (access(2)). Returns 0, or -1 after printing an error.
 */
int file_check_writable(const char *sysroot, const char *path);

/* Removes what a killed run of file_replace() has left beside it. */
void file_clean(const char *sysroot, const char *path);

/* Prints how @text differs from what is there, as diff -u does. Returns 0, or -1 after an error. */
int file_show_difference(const char *sysroot, const char *path, const char *text);

/* Takes a copy, which does not outlive the program. Returns 0, or -1 after printing an error. */
int file_backup_take(struct file_backup *kept, const char *sysroot, const char *path);

/*
 * Puts it back, or removes what is there now; leaves alone what is as it was.
 * Returns 0, or -1 after printing an error.
 */
int file_backup_restore(const struct file_backup *kept, const char *sysroot, const char *path);

/* Reads back whether it is as it was. Returns 0, or -1 after printing what differs. */
int file_backup_verify(const struct file_backup *kept, const char *sysroot, const char *path);

/* Frees the copy. */
void file_backup_forget(struct file_backup *kept);

#endif
