/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generator_writes.h - the files that rebuilding an image may write
 */
#ifndef VFIO_CLAIM_IMAGE_GENERATOR_WRITES_H
#define VFIO_CLAIM_IMAGE_GENERATOR_WRITES_H

#include "../host/string_set.h"
#include "installed_image.h"

/*
 * Lists the files that the command of image_command_find() may write, its hooks included: the
 * images of all presets (mkinitcpio -P), the kernel's directory and entries on the boot partition
 * (kernel-install add), all kernels of Limine (limine-mkinitcpio), copies of the image named by the
 * boot menu. Some may not exist yet.
 * @files: the paths are added, without the sysroot. @sysroot: see path_below().
 * Returns 0 or -ENOMEM.
 */
int generator_writes(const struct installed_image *image, const char *sysroot, const char *kver,
		     struct string_set *files);

#endif
