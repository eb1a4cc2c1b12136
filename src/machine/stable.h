/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stable.h - selectors that still name a device, or nothing, when a card is added and slots shift
 */
#ifndef VFIO_CLAIM_MACHINE_STABLE_H
#define VFIO_CLAIM_MACHINE_STABLE_H

#include <stdbool.h>

/*
 * Returns the list @selectors, "SEL,SEL", with each slot replaced by the path from its root bus and
 * a guard for what is there now: "00:01.0/00.0@10de:1e07" for "01:00.0". What is neither a slot nor
 * a path, or names nothing now, stays as it is. A new string, or NULL without memory. @sysroot:
 * see path_below(). All below a bridge becomes all below the path of that bridge, without a guard.
 */
char *stable_selectors(const char *sysroot, const char *selectors);

/* The same with the guard alone: "01:00.0@10de:1e07". */
char *guarded_selectors(const char *sysroot, const char *selectors);

/*
 * Returns the path selector of one function, "00:01.0/00.0": a new string, or NULL if out of memory
 * or if there are more bridges than a selector can cross. @device_path: where its link in
 * /sys/bus/pci/devices leads.
 */
char *path_selector(const char *device_path);

/* Returns true if one of @selectors is a slot that has no guard. */
bool any_plain_slot(const char *selectors);

#endif
