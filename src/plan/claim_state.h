/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_state.h - whether a requested device has the driver that it should have
 */
#ifndef VFIO_CLAIM_PLAN_CLAIM_STATE_H
#define VFIO_CLAIM_PLAN_CLAIM_STATE_H

#include <stdbool.h>

#include "../core/decide.h"
#include "boot_plan.h"

/* Returns true if the device is requested; one that is kept or skipped is not. */
bool decision_is_asked(const struct decision *decision);

/*
 * Returns true if a requested device is bound to vfio-pci, or to a variant driver in @requests,
 * whatever the verdict is. @sysroot: see path_below(), here and below.
 */
bool decision_is_claimed(const struct decision *decision, const struct requests *requests,
			 const char *sysroot);

/*
 * Returns true if a device has a driver that keeps the group of a claimed device from being passed
 * through: an unnamed neighbour, or a device that is kept or refused.
 */
bool decision_is_in_the_way(const struct decision *decision, const struct requests *requests,
			    const char *sysroot);

/* Returns true if there is such a device in the group of @decision, of the plan of @boot_plan. */
bool decision_is_blocked(const struct boot_plan *boot_plan, const struct decision *decision,
			 const char *sysroot);

/* Of the devices that are here: how many are requested, and how many of those are claimed. */
struct claimed_count {
	size_t asked, good;
};

struct claimed_count boot_plan_count(const struct boot_plan *boot_plan, const char *sysroot);

/*
 * Returns true if every request could be read, and all requested devices are here and claimed; with
 * rd.vfio=0 nothing is requested.
 */
bool boot_plan_is_claimed(const struct boot_plan *boot_plan, const char *sysroot);

#endif
