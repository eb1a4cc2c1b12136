/* SPDX-License-Identifier: GPL-2.0-or-later */
/* variants.h - variant drivers, which replace vfio-pci for certain devices: mlx5_vfio_pci etc. */
#ifndef VFIO_CLAIM_IMAGE_VARIANTS_H
#define VFIO_CLAIM_IMAGE_VARIANTS_H

#include <stdbool.h>
#include <stdio.h>

#include "../host/string_set.h"
#include "kernel.h"

/*
 * Finds the variant drivers of a kernel by their aliases that begin with "vfio_pci:", in
 * modules.alias (depmod(8)) and, for those that are built in, in modules.builtin.modinfo. If
 * aliases cannot be read, a warning is printed and there are none: plain vfio-pci works for any
 * device.
 * @hostonly: the image is for this machine, and gets only the variants for its PCI functions: they
 *            depend on whole GPU and network drivers.
 * @table: gets a line "ALIAS MODULE" for each alias, with the module's name in the kernel
 *         ("mlx5_vfio_pci"), also for variants that the image does not get: the system itself has
 *         them, for devices that appear later. Those whose files are missing are left out.
 * @found: gets the names of those that the image needs, as in their file names
 *         ("mlx5-vfio-pci"). A missing one causes a warning.
 */
void variants_find(const struct kernel *kernel, bool hostonly, FILE *table,
		   struct string_set *found);

/* Returns the table of variants_find() for this machine: a new string, or NULL after printing an
 * error. */
char *variants_text(const struct kernel *kernel);

#endif
