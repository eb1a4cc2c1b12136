/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selection.h - selectors given to a command (selector_args.h) as requests, and what they name in
 * this machine
 */
#ifndef VFIO_CLAIM_PLAN_SELECTION_H
#define VFIO_CLAIM_PLAN_SELECTION_H

#include <stdbool.h>

#include "boot_plan.h"

/*
 * Adds the selectors of @list to the claims of @boot_plan, whose texts have been parsed; with
 * @force, also to the forced devices. Returns 0, or -1 after printing an error.
 */
int selection_request(struct boot_plan *boot_plan, const char *list, bool force);

/*
 * Decides about the selectors of @list alone as if all were forced and an IOMMU were active, so
 * that only the kind of a device can be a reason to refuse it; with @group, about their IOMMU
 * groups. @boot_plan: all zero; the caller frees it in any case. @sysroot: see path_below().
 * Returns 0, or -1 after printing an error.
 */
int selection_decide(struct boot_plan *boot_plan, const char *sysroot, const char *list,
		     bool group);

/*
 * Prints an error for each selector that matches nothing and for each named device that must be
 * left alone, except bridges that only a wildcard matches. Returns how many there are.
 */
unsigned int selection_refusals(const struct boot_plan *boot_plan, const char *sysroot);

#endif
