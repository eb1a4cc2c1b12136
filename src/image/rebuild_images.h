/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rebuild_images.h - the images of all installed kernels, made anew where that is needed
 */
#ifndef VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H
#define VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H

#include <stdbool.h>

#include "../host/changes.h"
#include "../host/string_set.h"

/* The installed kernels, the running one first: a list for the caller to free. */
struct string_set installed_kernels(const char *sysroot);

/* Why an image is made anew. */
struct image_causes {
	bool stale;   /* it has not got in it what it should have */
	bool conf;    /* an earlier step changes /etc/vfio-claim.conf */
	bool cmdline; /* or the kernel command line, which unified kernel images have in them */
};

/*
 * Adds the steps that make images anew for one of @causes, and that look into each of these
 * afterwards. A kernel without an image or without vfio-pci is warned of. Gives 0, or -1 after a
 * message.
 */
int rebuild_images(struct changes *changes, const struct image_causes *causes);

#endif
