/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * variants.h - drivers that stand in for vfio-pci with certain devices: mlx5_vfio_pci and the like
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
 * that cannot be read are warned of and taken for none: plain vfio-pci does for any device.
 * @hostonly: the image is for this machine; variants bring whole GPU and network drivers with them,
 *            so it gets only those that a function below /sys/bus/pci/devices is meant for.
 * @table: gets a line "ALIAS MODULE" for each alias, with the module's name as the kernel has it
 *         ("mlx5_vfio_pci"), also of variants that the image does not get: the system itself has
 *         them, for devices that appear later. Those whose files are missing are left out.
 * @found: the names of those that the image has to have are added, as their files have them
 *         ("mlx5-vfio-pci"). One that is missing is warned of.
 */
void variants_find(const struct kernel *kernel, bool hostonly, FILE *table,
		   struct string_set *found);

/* The table of variants_find() for this machine as text: new, or NULL after a message. */
char *variants_text(const struct kernel *kernel);

#endif
