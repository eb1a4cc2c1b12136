/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_state.h - whether a device that is asked for is where it should be
 */
#ifndef VFIO_CLAIM_PLAN_CLAIM_STATE_H
#define VFIO_CLAIM_PLAN_CLAIM_STATE_H

#include <stdbool.h>

#include "../core/decide.h"
#include "boot_plan.h"

/* Whether a claim is about this device; what is kept or passed over is not asked for. */
bool decision_is_asked(const struct decision *decision);

/*
 * Whether a device that is asked for is on vfio-pci, or on a variant driver that @requests knows,
 * whatever the boot thought of it.
 * @sysroot: see path_below().
 */
bool decision_is_claimed(const struct decision *decision, const struct requests *requests,
			 const char *sysroot);

/*
 * Whether a device stays with a driver that keeps the group of a claimed device from any virtual
 * machine: a neighbour that nobody named, or a device that is kept or refused.
 */
bool decision_is_in_the_way(const struct decision *decision, const struct requests *requests,
			    const char *sysroot);

/* Whether the group of @decision, which is in the plan of @boot_plan, has such a device. */
bool decision_is_blocked(const struct boot_plan *boot_plan, const struct decision *decision,
			 const char *sysroot);

/* Of the devices that are here: how many are asked for, and how many of those are claimed. */
struct claimed_count {
	size_t asked, good;
};

struct claimed_count boot_plan_count(const struct boot_plan *boot_plan, const char *sysroot);

/*
 * Whether all that is asked for is here, could be understood and is claimed; with rd.vfio=0 nothing
 * is asked for.
 */
bool boot_plan_is_claimed(const struct boot_plan *boot_plan, const char *sysroot);

#endif
