/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * no_group.h - devices that are in no IOMMU group although an IOMMU is active: vfio-pci refuses
 * them
 */
#ifndef VFIO_CLAIM_PLAN_NO_GROUP_H
#define VFIO_CLAIM_PLAN_NO_GROUP_H

#include "../core/snapshot.h"
#include "../host/string_set.h"
#include "iommu_judge.h"

/*
 * Adds the devices of @snapshot, taken now, that have no group and will have none in the boot
 * judged by @iommu to @slots. @sysroot: see path_below(). Returns 0, or -1 after printing an error.
 */
int no_group_list(struct string_set *slots, const struct snapshot *snapshot,
		  const struct iommu_judgement *iommu, const char *sysroot);

/*
 * Prints a warning if the claimed @device will be in no group in the boot judged by @iommu. @slots:
 * see no_group_list().
 */
void no_group_warn(const struct string_set *slots, const struct device *device,
		   const struct iommu_judgement *iommu, const char *sysroot);

#endif
