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
#include <sys/stat.h>

/* What a file was. All zero is one that nobody has looked at. */
struct file_backup {
	bool taken;
	int copy;       /* an open file without a name; -1 when there was none */
	struct stat st; /* of the file */
};

/* All of a file: a new string, the caller's to free; NULL with errno. */
char *file_text(const char *sysroot, const char *path);

/*
 * Has the file hold @text, with the mode and the owner that it had, or removes it if that is NULL.
 * Gives 0, or -1 after a message.
 */
int file_replace(const char *sysroot, const char *path, const char *text);

/* Prints how @text differs from what is there, as diff -u does. Gives 0, or -1 after a message. */
int file_show_difference(const char *sysroot, const char *path, const char *text);

/* Takes a copy, which does not outlive the program. Gives 0, or -1 after a message. */
int file_backup_take(struct file_backup *kept, const char *sysroot, const char *path);

/* Puts it back, or removes what is there now. Gives 0, or -1 after a message. */
int file_backup_restore(const struct file_backup *kept, const char *sysroot, const char *path);

/* Lets go of the copy. */
void file_backup_forget(struct file_backup *kept);

#endif
