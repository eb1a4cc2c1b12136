/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * installed_image.h - the initramfs image of a kernel, as it is installed in /boot, and a look into
 * it with what generators have for that: lsinitramfs and unmkinitramfs, lsinitrd, lsinitcpio
 */
#ifndef VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H
#define VFIO_CLAIM_IMAGE_INSTALLED_IMAGE_H

#include <stdbool.h>

/* Where an image is. The strings are from malloc(3). */
struct installed_image {
	char *name;   /* as the machine itself calls it */
	char *path;   /* for open(2); NULL when there is no image */
	bool unified; /* with the kernel and its command line in it */
};

/* One line of a list, without its newline: the file's name is its end. */
typedef void image_line_fn(void *to, const char *line);

/*
 * Finds the image of a kernel. @sysroot: see path_below(). @image: to be released with
 * installed_image_free() whatever it is.
 */
void installed_image_find(struct installed_image *image, const char *sysroot, const char *kver);

void installed_image_free(struct installed_image *image);

/* Has one of the tools list the image, line by line. Gives 0, or -1 when none can. */
int installed_image_list(const struct installed_image *image, image_line_fn *take, void *to);

/*
 * Takes what is vfio-claim's out of the image: /usr/lib/vfio-claim and /etc/vfio-claim.conf. Gives
 * the name of a new directory that they are below, the caller's to free and to remove with
 * remove_directory(); NULL when there is nothing of that in the image, or none of the tools can
 * read it.
 */
char *installed_image_take_out(const struct installed_image *image);

/* How the image is made anew by the generator that is there: a new string, or NULL. */
char *installed_image_command(const struct installed_image *image, const char *sysroot,
			      const char *kver);

#endif
