/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * behind_claims.h - devices that disappear from the host with a claimed one
 */
#ifndef VFIO_CLAIM_PLAN_BEHIND_CLAIMS_H
#define VFIO_CLAIM_PLAN_BEHIND_CLAIMS_H

#include "boot_plan.h"

/*
 * Removes the devices behind claimed VMD controllers, which need its driver, from the snapshot of
 * @boot_plan, and prints a warning for each. The groups do not show them while no IOMMU is active.
 * @sysroot: see path_below(). Returns 1 if anything was removed: the plan then points to devices
 * that have moved, and must be remade; else 0, or -1 after printing an error.
 */
int behind_claims_drop(struct boot_plan *boot_plan, const char *sysroot);

#endif
