/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu.h - whether an IOMMU is active, and what its kernel driver has to be told
 * (Documentation/ABI/testing/sysfs-class-iommu, kernel-parameters.txt)
 */
#ifndef VFIO_CLAIM_CLI_IOMMU_H
#define VFIO_CLAIM_CLI_IOMMU_H

#include <stdbool.h>

/*
 * Whether one is active, of whatever kind: a registered one (/sys/class/iommu), or any group.
 * Either alone proves it: on arm64 a device joins its group only when a driver probes, and some
 * drivers register no IOMMU. @sysroot: see path_below().
 */
bool iommu_is_active(const char *sysroot);

/*
 * Whether the processor is Intel's: its kernel driver may want an intel_iommu=on, which AMD's and
 * Arm's do without.
 */
bool cpu_is_intel(const char *sysroot);

#endif
