/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drivers.h - what a driver means for the IOMMU group of its device, judged by the driver's name
 */
#ifndef VFIO_CLAIM_CORE_DRIVERS_H
#define VFIO_CLAIM_CORE_DRIVERS_H

#include <stdbool.h>

/*
 * Returns true if @driver is vfio-pci or one of its variants: mlx5_vfio_pci, xe-vfio-pci and the
 * like all have vfio in their names (drivers/vfio/pci). @driver: a driver's name, or its module's.
 */
bool is_vfio_driver(const char *driver);

/*
 * Returns true if a virtual machine can have an IOMMU group while @driver has one of its members:
 * "", which is no driver, a vfio driver, or pci-stub and pcieport, which do no DMA. These are the
 * PCI drivers that set driver_managed_dma, which the kernel checks since 5.19
 * (drivers/iommu/iommu.c: iommu_device_use_default_domain()); before that, vfio itself tolerated
 * pci-stub and every bridge (drivers/vfio/vfio.c).
 */
bool driver_leaves_group(const char *driver);

#endif
