/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vfio modules, loaded by the image's own modprobe: it knows dependencies, options, compression
 * and signatures, and every initramfs has it.
 */
#ifndef VFIO_CLAIM_BOOT_MODULES_H
#define VFIO_CLAIM_BOOT_MODULES_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/child.h"
#include "../core/device.h"

/*
 * Runs modprobe, below @root, with a clean environment, and waits for it: *@budget milliseconds at
 * most, which are taken off it. It loads vfio-pci and vfio_iommu_type1, bypassing their "install"
 * commands in modprobe.d; with @hide_ids the module gets an empty ids=, which overrides those of
 * modprobe.d and of the command line. Returns whether the driver vfio-pci is registered afterwards,
 * which is all that counts; @modprobe keeps the first line of what modprobe said last, and
 * ETIMEDOUT if it did not end.
 */
bool modules_load(int root, bool hide_ids, struct child *modprobe, unsigned int *budget);

/* Loads virtio_iommu and virtio_pci likewise; whether there is an IOMMU then, sysfs says. */
void modules_load_iommu(int root, unsigned int *budget);

/*
 * Loads @module likewise, a driver that does vfio-pci's work for some devices, and stores in
 * @driver, of NAME_SIZE bytes, the name of its driver, which /sys/module knows and need not be that
 * of the module; where there is none, @driver is left as it is.
 */
void modules_load_variant(int root, const char *module, char *driver, unsigned int *budget);

#endif
