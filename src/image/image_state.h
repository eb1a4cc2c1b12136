/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_state.h - whether the image of a kernel has in it what it would get if it were made now
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_STATE_H
#define VFIO_CLAIM_IMAGE_IMAGE_STATE_H

#include "../core/text.h"
#include "installed_image.h"

enum image_state {
	IMAGE_CURRENT, /* the program, the modules, the settings and what is protected are there */
	IMAGE_STALE,   /* one of them is not, or has changed since */
	IMAGE_UNREADABLE, /* none of the tools can look into it */
	IMAGE_UNKNOWN, /* what it would have to hold cannot be found out; a message has said why */
};

/*
 * Compares. An image for any machine, which has no list of what is protected, may do without.
 * @why: for IMAGE_STALE what it is that is not as it should be, "does not contain the module
 * vfio-pci"; for IMAGE_UNREADABLE what would help; for IMAGE_CURRENT empty, or a sentence that says
 * that it lacks that list although there is something to protect here. @sysroot: see path_below().
 */
enum image_state image_state_find(const struct installed_image *image, const char *sysroot,
				  const char *kver, struct text *why);

#endif
