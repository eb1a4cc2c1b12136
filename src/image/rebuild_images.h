/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rebuild_images.h - rebuilds the images of installed kernels if needed */
#ifndef VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H
#define VFIO_CLAIM_IMAGE_REBUILD_IMAGES_H

#include <stdbool.h>

#include "../host/changes.h"
#include "../host/string_set.h"

/* Returns the installed kernels, the running one first; the caller frees the set. */
struct string_set installed_kernels(const char *sysroot);

/* Why an image is rebuilt. */
struct image_causes {
	bool stale;    /* it lacks something, or something in it is outdated */
	bool conf;     /* an earlier step changes /etc/vfio-claim.conf */
	bool settings; /* an earlier step changes others that an image may contain */
	bool cmdline;  /* or the kernel command line, which unified kernel images contain */
	bool none;     /* never: an add-on brings what they lack, and they are only checked */
};

/*
 * Adds the steps that back up every file which a generator may write, rebuild images for one of
 * @causes, and then check each of them. Warns of a kernel without an image or without vfio-pci.
 * Returns 0, or -1 after printing an error.
 */
int rebuild_images(struct changes *changes, const struct image_causes *causes);

#endif
