/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write_in_image.h - the files that an image gets, with a message when one cannot be made
 *
 * In all of them @output is the image's root directory and @path the file's absolute path in the
 * image. Links among the directories of @path are followed within the image, missing directories
 * are made (mode 0755), and a file is replaced as a whole; see write_file.h.
 */
#ifndef VFIO_CLAIM_IMAGE_WRITE_IN_IMAGE_H
#define VFIO_CLAIM_IMAGE_WRITE_IN_IMAGE_H

#include <stddef.h>
#include <sys/types.h>

/* Copies the regular file @from, whose time it keeps. Gives 0 or -1 after a message. */
int image_copy(const char *output, const char *path, const char *from, mode_t mode);

/*
 * Writes @text, @len bytes, mode 0644. No text, no file: one of an earlier run is removed then,
 * as if by image_remove(). Gives 0 or -1 after a message.
 */
int image_write(const char *output, const char *path, const char *text, size_t len);

/* Removes the file if it is there. Gives 0 or -1 after a message. */
int image_remove(const char *output, const char *path);

#endif
