/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_layout.h - what of vfio-claim an image has to hold: the boot program, and what the boot
 * cannot find out by itself
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H
#define VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stdio.h>

#define IMAGE_DIRECTORY "/usr/lib/vfio-claim" /* fixed: the glue in the image calls it there */
#define IMAGE_PROGRAM   IMAGE_DIRECTORY "/vfio-claim-boot"
#define IMAGE_PROTECTED IMAGE_DIRECTORY "/protected"
#define IMAGE_VARIANTS  IMAGE_DIRECTORY "/variants"
#define IMAGE_CONF      "/etc/vfio-claim.conf"

struct image_layout {
	const char *kver;   /* of its kernel */
	const char *output; /* its root directory, which is there */
	bool hostonly;      /* it is for this machine: with what must never be claimed */
};

/*
 * Lays it out below layout->output and lists on @modules the modules that the image must have, one
 * per line. @sysroot: see path_below(). Gives 0, or -1 after a message: something is missing, or
 * the kernel cannot do vfio; the boot program is there nevertheless if it can be.
 */
int image_lay_out(const char *sysroot, const struct image_layout *layout, FILE *modules);

#endif
