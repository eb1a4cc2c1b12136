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
 * @force, also to what is forced. Returns 0, or -1 after printing an error.
 */
int selection_request(struct boot_plan *boot_plan, const char *list, bool force);

/*
 * Decides about the selectors of @list alone as if all were forced and an IOMMU were active, so
 * that only what a device is can be a reason to refuse it; with @group, about their IOMMU groups.
 * @boot_plan: all zero; to be released whatever is returned. @sysroot: see path_below(). Returns 0,
 * or -1 after printing an error.
 */
int selection_decide(struct boot_plan *boot_plan, const char *sysroot, const char *list,
		     bool group);

/*
 * Prints an error for each selector that names nothing and for each named device that must be left
 * alone, which is never a bridge that only a wildcard names. Returns how many there are.
 */
unsigned int selection_refusals(const struct boot_plan *boot_plan, const char *sysroot);

#endif
