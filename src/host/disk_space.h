/* SPDX-License-Identifier: GPL-2.0-or-later */
/* disk_space.h - checks whether file systems have enough space before writing */
#ifndef VFIO_CLAIM_HOST_DISK_SPACE_H
#define VFIO_CLAIM_HOST_DISK_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One file system. */
struct disk_space_need {
	char *directory; /* a directory on it, below the sysroot; from malloc(3) */
	char *path;      /* the same for statvfs(3); from malloc(3) */
	dev_t device;
	unsigned long long stays; /* additional bytes on it in the end */
	unsigned long long peak;  /* maximum of additional bytes on it at any time */
};

/* Initialize all but the first member to zero. */
struct disk_space {
	const char *sysroot; /* see path_below() */
	struct disk_space_need *list;
	size_t count;
};

/* Notes that the file @path is written, with @size bytes, next to the old one. */
void disk_space_write(struct disk_space *space, const char *path, unsigned long long size);

/*
 * Notes that the command @command rebuilds the file @path, which may grow: an image by what vfio
 * needs. update-initramfs(8) writes images next to the old ones; dracut(8), mkinitcpio(8) and
 * kernel-install(8) build them elsewhere and then copy them over the old ones.
 */
void disk_space_remake(struct disk_space *space, const char *path, const char *command);

/* Returns true if @path is an image, by its name: initrd, initramfs-6.1.img, a unified image. */
bool disk_space_is_image(const char *path);

/*
 * Notes that a copy of the file @path is kept until the end (file_backup_take()), where
 * open_scratch_file() creates files, on the running system.
 */
void disk_space_keep_copy(struct disk_space *space, const char *path);

/*
 * Returns a sentence that tells how much space is missing on the file system @index of space->list,
 * and what to do: a new string, which the caller frees; or NULL if there is enough, or the file
 * system reports no figures.
 */
char *disk_space_missing(const struct disk_space *space, size_t index);

void disk_space_free(struct disk_space *space);

#endif
