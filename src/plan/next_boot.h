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
#include "vfs_requests.h"

struct next_boot {
	struct boot_plan boot_plan;
	struct iommu_judgement iommu; /* whether there will be one */
	struct vfs_requests vfs;      /* virtual functions that the real root creates */
	struct string_set ungrouped;  /* slots of named devices that will be in no IOMMU group */
	struct device *late;          /* named devices that will only appear after the boot */
	size_t late_count;
	struct string_set idle; /* slots of functions that have no driver now */
	bool unfit;             /* the kernel does not support vfio; already reported */
	bool unknown;           /* the kernel cannot be examined; already reported */
	const char *sysroot;    /* the caller's */
};

/*
 * Finds out what the next boot will do: with @cmdline, its kernel command line;
 * /etc/vfio-claim.conf as an image built now would have it; what `vfio-claim image --hostonly`
 * would put into that image for the kernel @kver; and the IOMMU that it will have, by
 * iommu_judge(). Present state that will be gone by then does not count: bound vfio drivers,
 * driver_override, enabled virtual functions. A device that has no driver, and that no driver would
 * bind, does not block a group. Warns of facts that the boot program cannot see.
 * @sysroot: see path_below(). @next: the caller frees it in any case; not to be copied.
 * @kver: must outlive it. Returns 0, or -1 after printing an error.
 */
int next_boot_find(struct next_boot *next, const char *sysroot, const char *cmdline,
		   const char *kver);

/* The same with @conf, the future text of /etc/vfio-claim.conf; NULL: its present text. */
int next_boot_find_with(struct next_boot *next, const char *sysroot, const char *cmdline,
			const char *kver, const char *conf);

/* Frees what it holds. */
void next_boot_free(struct next_boot *next);

/* Returns true if that boot claims the device that @decision, of its plan, is about. */
bool next_boot_claims(const struct next_boot *next, const struct decision *decision);

/* Returns true if a claim that matches nothing at boot will match a device that appears later. */
bool next_boot_is_late(const struct next_boot *next, const struct selector *claim);

/* Returns true if vfio-pci will refuse a device because it will be in no IOMMU group. */
bool next_boot_is_ungrouped(const struct next_boot *next, const struct device *device);

/*
 * Returns true if the boot's real root cannot meet a request for virtual functions: see
 * vfs_request_refused(), or because it claims the physical function itself. Sets @why to the
 * reason, a sentence about that function.
 */
bool next_boot_refuses_vfs(struct text *why, const struct next_boot *next,
			   const struct vfs_request *request);

/* The same; also for lack of an IOMMU, which may be turned on by then, or of vfio-pci. */
bool next_boot_lacks_vfs(struct text *why, const struct next_boot *next,
			 const struct vfs_request *request);

/*
 * Returns the driver that a claimed device will get, a new string, or NULL if out of memory. A
 * variant driver whose module is not loaded now is called by the module's name.
 */
char *next_boot_driver(const char *sysroot, const struct decision *decision);

#endif
