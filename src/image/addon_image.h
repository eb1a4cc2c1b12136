/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addon_image.h - the initramfs of an add-on for unified kernel images that do not contain
 * vfio-claim: the boot program reserves the devices there, and completes the claims in the real
 * root, which has the modules (systemd/addon)
 */
#ifndef VFIO_CLAIM_IMAGE_ADDON_IMAGE_H
#define VFIO_CLAIM_IMAGE_ADDON_IMAGE_H

#include <stdbool.h>

struct addon_need {
	bool carry; /* an image does not contain vfio-claim itself */
	bool stale; /* together with its add-ons as they are now, one is not as it should be */
};

/*
 * Finds out whether the unified kernel images need such an initramfs. @sysroot: see path_below(),
 * as below. Returns 0, or -1 after printing an error: an image needs it, but its systemd-stub or
 * its own initramfs cannot use it.
 */
int addon_image_find(struct addon_need *need, const char *sysroot);

/* A step (change_fn): writes the initramfs to @path. Returns 0, or -1 after printing an error. */
int addon_image_write(const char *sysroot, const char *path);

#endif
