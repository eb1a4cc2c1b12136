/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drivers.h - what a driver means for the IOMMU group of its device, by the driver's name
 */
#ifndef VFIO_CLAIM_DRIVERS_H
#define VFIO_CLAIM_DRIVERS_H

#include <stdbool.h>

/*
 * Whether @driver is vfio-pci or one of its variants: mlx5_vfio_pci, xe-vfio-pci and the like all
 * have vfio in their names (drivers/vfio/pci). @driver: a driver's name, or its module's.
 */
bool is_vfio_driver(const char *driver);

/*
 * Whether a virtual machine can have an IOMMU group while @driver has one of its members: the empty
 * string, which is none, a vfio driver, pci-stub and pcieport, which do no DMA. These are the PCI
 * drivers that set driver_managed_dma, for which the kernel asks since 5.19 (drivers/iommu/iommu.c:
 * iommu_device_use_default_domain()); until then vfio itself let pci-stub and every bridge be
 * (drivers/vfio/vfio.c).
 */
bool driver_leaves_group(const char *driver);

#endif
