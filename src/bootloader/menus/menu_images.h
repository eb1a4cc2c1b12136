/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_images.h - which initramfs images the boot menu loads with a kernel
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_MENU_IMAGES_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_MENU_IMAGES_H

#include <stdbool.h>

#include "../../host/string_set.h"

/* The strings are from malloc(3). All zero: the menu names no images. */
struct menu_images {
	char *entry; /* the file with the entry */
	struct string_set
		files; /* the images in the order in which they are loaded; not missing ones */
	char *image;   /* the one of these that a generator makes, not the processor's microcode;
			  NULL if it is missing */
	char *missing; /* the first that is not there, as the boot loader sees it; or NULL */
	bool unified;  /* the image is a unified kernel image */
};

/*
 * Finds the images of the entry that starts the kernel @kver: the default entry if that starts it,
 * otherwise the first normal entry that does. The caller calls menu_images_free() in any case.
 * @sysroot: see path_below(). Returns false if no normal entry is known to start this kernel with
 * an image.
 */
bool menu_images_find(struct menu_images *images, const char *sysroot, const char *kver);

void menu_images_free(struct menu_images *images);

#endif
