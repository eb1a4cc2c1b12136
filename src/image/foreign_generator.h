/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foreign_generator.h - initramfs generators that do not include vfio-claim */
#ifndef VFIO_CLAIM_IMAGE_FOREIGN_GENERATOR_H
#define VFIO_CLAIM_IMAGE_FOREIGN_GENERATOR_H

#include <stdbool.h>

/*
 * Returns the name of an installed generator of this kind, such as "ugrd", if no generator that
 * includes vfio-claim is installed; a constant, or NULL. @sysroot: see path_below().
 */
const char *foreign_generator(const char *sysroot);

/*
 * Returns true if an image whose file has this name was made by such a generator, even if others
 * are installed. Only booster's images have names of their own.
 */
bool foreign_generator_made(const char *name);

#endif
