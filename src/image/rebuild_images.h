/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rebuild_images.h - the images of all installed kernels, rebuilt where that is needed
 */
#ifndef VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H
#define VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H

#include <stdbool.h>

#include "../host/changes.h"
#include "../host/string_set.h"

/* Returns the installed kernels, the running one first: for the caller to free. */
struct string_set installed_kernels(const char *sysroot);

/* Why an image is rebuilt. */
struct image_causes {
	bool stale;   /* if it lacks something, or something in it is outdated */
	bool conf;    /* an earlier step changes /etc/vfio-claim.conf */
	bool cmdline; /* or the kernel command line, which unified kernel images contain */
};

/*
 * Adds the steps that rebuild images for one of @causes and then look into each of them; before
 * that, those that keep every file which a generator may write. Warns of a kernel without an image
 * or without vfio-pci. Returns 0, or -1 after printing an error.
 */
int rebuild_images(struct changes *changes, const struct image_causes *causes);

#endif
