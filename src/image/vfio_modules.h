/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vfio_modules.h - the kernel modules that vfio needs */
#ifndef VFIO_CLAIM_IMAGE_VFIO_MODULES_H
#define VFIO_CLAIM_IMAGE_VFIO_MODULES_H

#include "../host/string_set.h"
#include "kernel.h"

/*
 * Determines whether a kernel supports vfio and which modules an image needs for it, without
 * built-in ones and dependencies of the listed ones.
 * @found: gets their names, as in their file names ("vfio-pci").
 * Returns 0, or -1 after printing one error: no vfio-pci, no IOMMU backend, or a listed file that
 * is not on the disk.
 */
int vfio_modules_find(const struct kernel *kernel, struct string_set *found);

/*
 * Adds the modules of the IOMMU that has its driver as a module: virtio-iommu. Without one of them,
 * the kernel has it built in or cannot have such an IOMMU. Returns 0, or -1 after printing an
 * error.
 */
int iommu_modules_find(const struct kernel *kernel, struct string_set *found);

#endif
