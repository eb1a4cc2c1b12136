/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unbind.h - devices given back to their own drivers on the running system
 */
#ifndef VFIO_CLAIM_LIVE_UNBIND_H
#define VFIO_CLAIM_LIVE_UNBIND_H

#include <stdbool.h>

#include "targets.h"

/*
 * Gives back each device that the plan claims, in their order (a card's display before its sound),
 * and prints what became of each: vfio-pci forgets the ID, if it was told it (remove_id in
 * drivers/pci/pci-driver.c), or it would be the first to be asked; the override is cleared;
 * vfio-pci lets go; the bus asks its drivers, and if none takes the device, the modules that say
 * that they would are loaded (not below a sysroot). One that is stuck is left behind. Gives whether
 * none is with vfio-pci any more, and all that have a driver of their own are with that.
 */
bool unbind_all(const struct targets *targets);

#endif
