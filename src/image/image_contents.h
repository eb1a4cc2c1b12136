/* SPDX-License-Identifier: GPL-2.0-or-later */
/* image_contents.h - the relevant contents of an installed initramfs image */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_CONTENTS_H
#define VFIO_CLAIM_IMAGE_IMAGE_CONTENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "installed_image.h"

enum image_file {
	IMAGE_FILE_PROGRAM,
	IMAGE_FILE_PROTECTED,
	IMAGE_FILE_VARIANTS,
	IMAGE_FILE_CONF,
	IMAGE_FILE_LATER,    /* an add-on's: the real root completes the claims */
	IMAGE_FILE_TMPFILES, /* systemd's: its units run in this image */
	IMAGE_FILE_COUNT,
};

/* A regular file of the image. */
struct image_content {
	bool there;
	bool too_long; /* more than IMAGE_TEXT_LIMIT */
	char *text;    /* NULL if not there, too long, or the program */
};

/* Longer ones are not read: the limit of a vfio-claim.conf, far more than the others have. */
#define IMAGE_TEXT_LIMIT (64 * 1024)

struct image_contents {
	bool damaged;  /* no kernel can unpack it */
	char *trouble; /* NULL if it can be read. Otherwise the end of "the image ..." if damaged,
			  or why it cannot be read and what to do */
	struct image_content file[IMAGE_FILE_COUNT];
	char **names; /* of kernel modules and of everything with "vfio" in its name */
	size_t count;
};

/*
 * Reads an image and its add-ons in one pass. The caller frees it with image_contents_free(); NULL
 * after printing an error.
 */
struct image_contents *image_contents_read(const struct installed_image *image);

void image_contents_free(struct image_contents *contents);

/* Returns true if the image has the file of a module, compressed or not. @module: "vfio-pci". */
bool image_contents_have_module(const struct image_contents *contents, const char *module);

#endif
