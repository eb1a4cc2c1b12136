/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfio_modules.h - which modules of a kernel vfio needs
 */
#ifndef VFIO_CLAIM_IMAGE_VFIO_MODULES_H
#define VFIO_CLAIM_IMAGE_VFIO_MODULES_H

#include "../host/string_set.h"
#include "kernel.h"

/*
 * Determines whether a kernel can do vfio and which modules an image needs for it, without those
 * that are built into the kernel and those that the listed ones depend on.
 * @found: gets their names, as their files have them ("vfio-pci").
 * Returns 0, or -1 after printing one error: no vfio-pci, no IOMMU backend, or a listed file that
 * is not on the disk.
 */
int vfio_modules_find(const struct kernel *kernel, struct string_set *found);

#endif
