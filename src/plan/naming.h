/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * naming.h - warnings about the way in which devices are named, before the boot finds out
 */
#ifndef VFIO_CLAIM_PLAN_NAMING_H
#define VFIO_CLAIM_PLAN_NAMING_H

#include "next_boot.h"

/*
 * Prints one warning for each claim whose device is elsewhere now, for each device that is not
 * there and will be claimed when it appears, and for each claimed display whose sound, on another
 * bus of the card, is not claimed.
 * @next: with its plan. @sysroot: see path_below().
 */
void warn_of_naming(const struct next_boot *next, const char *sysroot);

#endif
