/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idle_neighbours.h - devices without a driver in the IOMMU group of a claimed device
 */
#ifndef VFIO_CLAIM_PLAN_IDLE_NEIGHBOURS_H
#define VFIO_CLAIM_PLAN_IDLE_NEIGHBOURS_H

#include "../core/decide.h"
#include "../host/string_set.h"

/*
 * Clears decision.in_the_way for each device that has no driver now and that no driver of the
 * kernel @kver would bind; if that kernel cannot be examined, they stay in the way. @idle: the
 * slots of devices without a driver. @sysroot: see path_below().
 */
void idle_neighbours_pass(struct plan *plan, const struct string_set *idle, const char *sysroot,
			  const char *kver);

#endif
