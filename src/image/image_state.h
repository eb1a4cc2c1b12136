/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image_state.h - whether a kernel's image is up to date */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_STATE_H
#define VFIO_CLAIM_IMAGE_IMAGE_STATE_H

#include "../core/text.h"
#include "installed_image.h"

enum image_state {
	IMAGE_CURRENT, /* it has the program, the modules, the settings and the protected list */
	IMAGE_STALE,   /* one of them is missing or outdated, or the image is damaged */
	IMAGE_UNREADABLE,
	IMAGE_UNKNOWN, /* what it needs cannot be determined; an error has been printed */
};

/*
 * Compares the image with what it would get if rebuilt now. An image built for any machine may lack
 * the protected list.
 * @why: for IMAGE_STALE the end of the sentence "its image ...": "does not contain the module
 * vfio-pci"; for IMAGE_UNREADABLE the reason, and what to do; for IMAGE_CURRENT empty, or a
 * sentence that says that the image lacks a protected list although this machine has something to
 * protect. @sysroot: see path_below().
 */
enum image_state image_state_find(const struct installed_image *image, const char *sysroot,
				  const char *kver, struct text *why);

#endif
