/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.h - variant drivers, which stand in for vfio-pci with certain devices: mlx5_vfio_pci and
 * the like
 */
#ifndef VFIO_CLAIM_IMAGE_VARIANTS_H
#define VFIO_CLAIM_IMAGE_VARIANTS_H

#include <stdbool.h>
#include <stdio.h>

#include "../host/string_set.h"
#include "kernel.h"

/*
 * Finds the variant drivers of a kernel by their aliases that begin with "vfio_pci:", in
 * modules.alias (depmod(8)) and, for those that are built in, in modules.builtin.modinfo. Aliases
 * that cannot be read cause a warning and count as none: plain vfio-pci does for any device.
 * @hostonly: the image is for this machine, and gets only the variants for its PCI functions: they
 *            depend on whole GPU and network drivers.
 * @table: gets a line "ALIAS MODULE" for each alias, with the module's name as the kernel has it
 *         ("mlx5_vfio_pci"), also of variants that the image does not get: the system itself has
 *         them, for devices that appear later. Those whose files are missing are left out.
 * @found: gets the names of those that the image needs, as their files have them
 *         ("mlx5-vfio-pci"). A missing one causes a warning.
 */
void variants_find(const struct kernel *kernel, bool hostonly, FILE *table,
		   struct string_set *found);

/* Returns the table of variants_find() for this machine: a new string, or NULL after printing an
 * error. */
char *variants_text(const struct kernel *kernel);

#endif
