/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * claim_warnings.h - warnings about the devices that the next boot is asked to claim, from facts
 * that the boot program cannot see
 */
#ifndef VFIO_CLAIM_PLAN_CLAIM_WARNINGS_H
#define VFIO_CLAIM_PLAN_CLAIM_WARNINGS_H

#include "../core/decide.h"

/*
 * Prints a warning for each device of @plan that is protected only by an image made for this
 * machine, is claimed by force, has a driver_override that is not ours, or has virtual functions
 * now. @sysroot: see path_below().
 */
void claim_warnings_print(const struct plan *plan, const char *sysroot);

#endif
