/* SPDX-License-Identifier: GPL-2.0-or-later */
/* naming.h - warnings about how devices are named */
#ifndef VFIO_CLAIM_PLAN_NAMING_H
#define VFIO_CLAIM_PLAN_NAMING_H

#include "boot_plan.h"

/*
 * Prints a warning for each claim whose device is elsewhere now, for each missing device that will
 * be claimed when it appears, and for each claimed display whose sound function, on another bus of
 * the card, is not claimed.
 * @boot_plan: with its plan. @sysroot: see path_below().
 */
void naming_warn(const struct boot_plan *boot_plan, const char *sysroot);

#endif
