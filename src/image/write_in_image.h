/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write_in_image.h - writes files into an image
 *
 * In all of these, @output is the image's root directory and @path the file's absolute path in the
 * image. Links among the directories of @path are followed within the image, missing directories
 * are created (mode 0755), and a file is replaced as a whole; see write_file.h. All return 0, or -1
 * after printing an error.
 */
#ifndef VFIO_CLAIM_IMAGE_WRITE_IN_IMAGE_H
#define VFIO_CLAIM_IMAGE_WRITE_IN_IMAGE_H

#include <stddef.h>
#include <sys/types.h>

/* Copies the regular file @from with its modification time. */
int image_copy(const char *output, const char *path, const char *from, mode_t mode);

/* Writes the @len bytes of @text, mode 0644. If @len is 0, the file is removed instead. */
int image_write(const char *output, const char *path, const char *text, size_t len);

/* Makes a link to @target. */
int image_link(const char *output, const char *path, const char *target);

/* Removes the file, if there is one. */
int image_remove(const char *output, const char *path);

#endif
