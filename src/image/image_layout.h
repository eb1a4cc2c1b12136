/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_layout.h - what vfio-claim puts into an image: the boot program, and what that cannot find
 * out by itself
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H
#define VFIO_CLAIM_IMAGE_IMAGE_LAYOUT_H

#include <stdbool.h>
#include <stdio.h>

#include "../host/string_set.h"

struct image_layout {
	const char *kver;   /* the release of its kernel */
	const char *output; /* its root directory, which exists; not used by image_wanted_find() */
	bool hostonly;      /* for this machine only; protects what it runs from */
};

/* What it needs besides the boot program and the udev rule; files by their texts. */
struct image_wanted {
	char *protected, *variants; /* NULL or "": no such file */
	char *conf;                 /* up to a NUL byte; NULL: no such file */
	struct string_set modules;  /* by file name: "vfio-pci" */
};

/*
 * Finds out what an image needs. @sysroot: see path_below(), as below.
 * @wanted: the caller calls image_wanted_free() in any case.
 * Returns 0, or -1 after printing an error: something is missing, or the kernel does not support
 * vfio.
 */
int image_wanted_find(struct image_wanted *wanted, const char *sysroot,
		      const struct image_layout *layout);

/*
 * Returns where the boot program is installed, for open(2): a new string, or NULL after printing an
 * error.
 */
char *image_program(const char *sysroot);

void image_wanted_free(struct image_wanted *wanted);

/*
 * Installs everything below layout->output and prints the modules to @modules, one per line.
 * Returns 0, or -1 after printing an error, as above; the boot program has then been installed if
 * possible.
 */
int image_lay_out(const char *sysroot, const struct image_layout *layout, FILE *modules);

#endif
