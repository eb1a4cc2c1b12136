/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * room.h - whether there is room on the file systems for what is about to be written
 */
#ifndef VFIO_CLAIM_HOST_ROOM_H
#define VFIO_CLAIM_HOST_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* One file system. */
struct room_need {
	char *directory; /* on it, as the machine calls it; from malloc(3) */
	char *path;      /* the same for statvfs(3); from malloc(3) */
	dev_t device;
	unsigned long long
		stays;           /* bytes that it will hold in addition, after all that was noted */
	unsigned long long peak; /* the most bytes that it has to hold in addition at any time */
};

/* Begin with all zero but the first. */
struct room {
	const char *sysroot; /* see path_below() */
	struct room_need *list;
	size_t count;
};

/* Notes that the file @path (the machine's own) is written, with @size bytes, beside the old one.
 */
void room_write(struct room *room, const char *path, unsigned long long size);

/*
 * Notes that the command @command rebuilds the file @path, which may grow: an image by what vfio
 * needs. update-initramfs(8) writes images beside the old ones; dracut(8), mkinitcpio(8) and
 * kernel-install(8) build them elsewhere and then copy them over the old ones.
 */
void room_remake(struct room *room, const char *path, const char *command);

/* Whether @path is an image, by its name: initrd, initramfs-6.1.img, a unified kernel image. */
bool is_image(const char *path);

/*
 * Notes that a copy of the file @path is kept until the end, for file_backup_restore(): that is
 * where open_scratch_file() is, on the running system.
 */
void room_keep_copy(struct room *room, const char *path);

/*
 * Returns a sentence that says that the file system @index of room->list has not enough room, how
 * much is missing, and what to do: a new string, which the caller frees; or NULL when there is
 * enough, or the file system reports no figures.
 */
char *room_missing(const struct room *room, size_t index);

void room_free(struct room *room);

#endif
