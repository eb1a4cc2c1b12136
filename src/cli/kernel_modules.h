/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_modules.h - which modules of a kernel vfio needs, by libkmod
 */
#ifndef VFIO_CLAIM_CLI_KERNEL_MODULES_H
#define VFIO_CLAIM_CLI_KERNEL_MODULES_H

#include <stddef.h>

#define VFIO_MODULES_MAX 3 /* vfio-pci, one IOMMU backend, vfio_virqfd */

/* Module names as their files have them ("vfio-pci"), each from malloc(3). */
struct vfio_modules {
	size_t count;
	char *name[VFIO_MODULES_MAX];
};

/*
 * Finds out whether a kernel can do vfio and which modules an image needs for it; those that are
 * built into the kernel, and those that modules.dep brings in anyway, are not listed.
 * @sysroot: see path_below(). @kver: a kernel release as uname -r prints it.
 * @modules: filled in; to be released with vfio_modules_free() whatever is given back.
 * Gives 0, or -1 after one message: no module directory or indexes (modules.dep(5)), no vfio-pci,
 * no IOMMU backend, or a listed file that is not on the disk.
 */
int vfio_modules_find(const char *sysroot, const char *kver, struct vfio_modules *modules);

/* Frees the names; the struct itself is the caller's. */
void vfio_modules_free(struct vfio_modules *modules);

#endif
