/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_layout.h - what an image needs of vfio-claim: the boot program, and what the boot cannot
 * find out by itself
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H
#define VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stdio.h>

#include "../host/string_set.h"

#define IMAGE_DIRECTORY "/usr/lib/vfio-claim" /* fixed: the glue in the image calls it there */
#define IMAGE_PROGRAM   IMAGE_DIRECTORY "/vfio-claim-boot"
#define IMAGE_PROTECTED IMAGE_DIRECTORY "/protected"
#define IMAGE_VARIANTS  IMAGE_DIRECTORY "/variants"
#define IMAGE_CONF      "/etc/vfio-claim.conf"

struct image_layout {
	const char *kver; /* the release of its kernel */
	const char
		*output; /* its root directory, which exists; of no matter to image_wanted_find() */
	bool hostonly;   /* it is for this machine, and protects what this machine runs from */
};

/* What it needs besides the boot program and the udev rule; files by their texts. */
struct image_wanted {
	char *protected, *variants; /* NULL or "": no such file */
	char *conf;                 /* up to a NUL byte; NULL: no such file */
	struct string_set modules;  /* by the names of their files: "vfio-pci" */
};

/*
 * Finds out what an image needs. @sysroot: see path_below(), as below.
 * @wanted: to be released with image_wanted_free(), whatever is returned.
 * Returns 0, or -1 after printing an error: something is missing, or the kernel cannot do vfio.
 */
int image_wanted_find(struct image_wanted *wanted, const char *sysroot,
		      const struct image_layout *layout);

void image_wanted_free(struct image_wanted *wanted);

/*
 * Lays it all out below layout->output and prints the modules to @modules, one per line.
 * Returns 0, or -1 after printing an error, as above; the boot program has been laid out then, if
 * that is possible.
 */
int image_lay_out(const char *sysroot, const struct image_layout *layout, FILE *modules);

#endif
