/* SPDX-License-Identifier: GPL-2.0-or-later */
/* installed_image.h - the installed initramfs image of a kernel, and how to rebuild it */
#ifndef VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H
#define VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H

#include <stdbool.h>

/* Where an image is. The strings are from malloc(3). */
struct installed_image {
	char *name;   /* without the sysroot */
	char *path;   /* for open(2); NULL if there is no image */
	bool unified; /* includes the kernel and its command line */
};

/*
 * Finds the image of a kernel. @sysroot: see path_below(), as below. @image: the caller calls
 * installed_image_free() in any case.
 */
void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver);

void installed_image_free(struct installed_image *image);

/* What rebuilds an image on this system. */
enum generator {
	GENERATOR_UPDATE_INITRAMFS,
	GENERATOR_LIMINE_MKINITCPIO, /* limine-entry-tool's hooks, which do not use presets */
	GENERATOR_LIMINE_DRACUT,
	GENERATOR_MKINITCPIO,
	GENERATOR_KERNEL_INSTALL,
	GENERATOR_DRACUT,
	GENERATOR_COUNT,
};

enum generator installed_image_generator(const struct installed_image *image, const char *sysroot);

/* The words of a command, NULL-terminated. */
struct image_command {
	const char *word[5]; /* may be the caller's */
	char *file;          /* one of them, to be freed */
};

/* Finds the command that rebuilds the image. @command: refers to @image and @kver. */
void image_command_find(struct image_command *command, const struct installed_image *image,
			const char *sysroot, const char *kver);

/* The same command as typed in a shell: a new string, or NULL if out of memory. */
char *installed_image_command(const struct installed_image *image, const char *sysroot,
			      const char *kver);

#endif
