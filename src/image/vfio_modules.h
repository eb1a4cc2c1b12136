/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio_modules.h - which modules of a kernel vfio needs
 */
#ifndef VFIO_CLAIM_IMAGE_VFIO_MODULES_H
#define VFIO_CLAIM_IMAGE_VFIO_MODULES_H

#include "../host/string_set.h"
#include "kernel.h"

/*
 * Finds out whether a kernel can do vfio and which modules an image needs for it; those that are
 * built into the kernel, and those that modules.dep brings in anyway, are not listed.
 * @found: their names are added, as their files have them ("vfio-pci").
 * Gives 0, or -1 after one message: no vfio-pci, no IOMMU backend, or a listed file that is not on
 * the disk.
 */
int vfio_modules_find(const struct kernel *kernel, struct string_set *found);

#endif
