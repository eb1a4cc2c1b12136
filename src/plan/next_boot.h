/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * next_boot.h - the requests and the machine as the next boot will find them
 */
#ifndef VFIO_CLAIM_PLAN_NEXT_BOOT_H
#define VFIO_CLAIM_PLAN_NEXT_BOOT_H

#include <stdbool.h>
#include <stddef.h>

#include "../host/string_set.h"
#include "boot_plan.h"
#include "iommu_judge.h"

struct next_boot {
	struct boot_plan boot_plan;
	struct iommu_judgement iommu; /* whether it will have one */
	struct string_set ungrouped;  /* slots of what is named and in no IOMMU group, for good */
	struct device *late; /* those that are asked for but will only appear after the boot */
	size_t late_count;
	struct string_set idle; /* the slots of functions that no driver has now */
	bool unfit;             /* the kernel cannot do vfio; a message has said why */
	bool unknown;           /* it cannot be looked at; a message has said so */
	const char *sysroot;    /* the caller's */
};

/*
 * Finds out what the next boot will do: with @cmdline, its kernel command line;
 * /etc/vfio-claim.conf as an image would have it that is made now; what `vfio-claim image
 * --hostonly` would put into that for the kernel @kver; and the IOMMU that it will have, by
 * iommu_judge(). What is on the machine now but will be gone by then does not count: vfio drivers
 * that are bound, driver_override, enabled virtual functions. A device that has no driver, and that
 * no driver would take, is nobody's neighbour. Warns of what this machine knows and the boot will
 * not.
 * @sysroot: see path_below(). @next: to be freed whatever is returned; not to be copied.
 * @kver: must outlive it.
 * Gives 0 or -1 after a message.
 */
int next_boot_find(struct next_boot *next, const char *sysroot, const char *cmdline,
		   const char *kver);

/* The same with @conf, the future text of /etc/vfio-claim.conf; NULL: its present text. */
int next_boot_find_with(struct next_boot *next, const char *sysroot, const char *cmdline,
			const char *kver, const char *conf);

/* Frees what it holds. */
void next_boot_free(struct next_boot *next);

/* Whether a claim that names nothing at boot will name a device that appears later. */
bool next_boot_is_late(const struct next_boot *next, const struct selector *claim);

/* Whether vfio-pci will refuse a device because it is, and will be, in no IOMMU group. */
bool next_boot_is_ungrouped(const struct next_boot *next, const struct device *device);

/*
 * The driver that a claimed device will get, a new string, or NULL without memory. That of a
 * variant whose module is not loaded now is called as its module is.
 */
char *next_boot_driver(const char *sysroot, const struct decision *decision);

#endif
