/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu.h - the IOMMU of this machine, as it is now (Documentation/ABI/testing/sysfs-class-iommu,
 * sysfs-firmware-acpi); iommu_judge.h says what a boot makes of it
 */
#ifndef VFIO_CLAIM_MACHINE_IOMMU_H
#define VFIO_CLAIM_MACHINE_IOMMU_H

#include <stdbool.h>

#include "cpu.h"

enum iommu_kind {
	IOMMU_OTHER, /* or not known */
	IOMMU_INTEL,
	IOMMU_AMD,
	IOMMU_ARM,
	IOMMU_VIRTIO,
};

/* Returns true if the firmware describes one to the kernel: the ACPI table that a kind needs. */
enum iommu_table {
	IOMMU_TABLE_UNSEEN, /* no tables can be seen, or they do not say */
	IOMMU_TABLE_ABSENT,
	IOMMU_TABLE_PRESENT,
};

struct iommu_here {
	enum iommu_kind kind; /* of the active one; else by the tables; else by the processor */
	bool active;
	enum iommu_table table;
	struct cpu cpu;
	bool opt_in;   /* VT-d: the firmware asks for it (Thunderbolt) */
	bool unloaded; /* virtio-iommu: its driver is not there, loaded or built in */
	bool tboot;    /* booted by tboot, which turns Intel's on whatever the command line says */
};

/* Looks for it. @sysroot: see path_below(). */
struct iommu_here iommu_look(const char *sysroot);

/*
 * Returns true if one is active, of whatever kind: a registered one (/sys/class/iommu), or any PCI
 * function in a group; a group of other devices, as on a system on a chip, does not count. Either
 * alone proves it: on arm64 a device joins its group only when a driver probes, and some drivers
 * register no IOMMU. @sysroot: see path_below().
 */
bool iommu_is_active(const char *sysroot);

/*
 * Returns true if the machine has a virtio-iommu: a PCI device of virtio-pci's, whether the driver
 * of the IOMMU itself is loaded or not. @sysroot: see path_below().
 */
bool iommu_has_virtio(const char *sysroot);

/* The name of the kind that /sys/class/iommu/@name is of, "Intel VT-d"; a constant. */
const char *iommu_kind_name(const char *sysroot, const char *name);

#endif
