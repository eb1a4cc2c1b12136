/* SPDX-License-Identifier: GPL-2.0-or-later */
/* installed_image.h - the installed initramfs image of a kernel, and how to rebuild it */
#ifndef VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H
#define VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H

#include <stdbool.h>

#include "../host/string_set.h"

/* Where an image is. The strings are from malloc(3). */
struct installed_image {
	char *name;              /* without the sysroot */
	char *path;              /* for open(2); NULL if there is no image */
	bool unified;            /* includes the kernel and its command line */
	struct string_set paths; /* for open(2): all images that the entry of the menu loads, in
				    their order; empty if only @path is known */
	char *entry;             /* the file with the entry; NULL: the menu does not tell */
	char *missing; /* what the entry loads but is not here, as the boot loader sees it */
	struct string_set addons; /* for open(2): the add-ons that add an initramfs to it */
};

/*
 * Finds the image of a kernel: what the boot menu loads with it (menu_images_find()) or, if the
 * menu does not tell, an image where generators put it. @sysroot: see path_below(), as below. The
 * caller calls installed_image_free() in any case.
 */
void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver);

void installed_image_free(struct installed_image *image);

/*
 * Returns why a kernel has no image, as the end of "kernel 6.1.0: ": a new string, or NULL if out
 * of memory.
 */
char *installed_image_none(const struct installed_image *image);

/* What rebuilds an image on this system. */
enum generator {
	GENERATOR_UPDATE_INITRAMFS,
	GENERATOR_MKINITCPIO,
	GENERATOR_KERNEL_INSTALL,
	GENERATOR_DRACUT,
	GENERATOR_SDBOOTUTIL, /* openSUSE's, which calls dracut */
	GENERATOR_LIMINE,     /* limine_tool(), which calls mkinitcpio or dracut */
	GENERATOR_NONE,       /* nothing on this system; see installed_image_why_not() */
	GENERATOR_COUNT,
};

enum generator installed_image_generator(const struct installed_image *image, const char *sysroot);

/* Returns why there is no command that rebuilds the image (GENERATOR_NONE), and what to do. */
const char *installed_image_why_not(const char *sysroot);

/* The words of a command, NULL-terminated. */
struct image_command {
	const char *word[5]; /* may be the caller's */
	char *file;          /* the word that must be freed, if any */
};

/*
 * Finds the command that rebuilds the image: no words if there is none. @command: refers to @image
 * and @kver.
 */
void image_command_find(struct image_command *command, const struct installed_image *image,
			const char *sysroot, const char *kver);

/* The same command as typed in a shell: a new string; NULL if there is none, or out of memory. */
char *installed_image_command(const struct installed_image *image, const char *sysroot,
			      const char *kver);

#endif
