/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unbind.h - devices given back to their own drivers on the running system
 */
#ifndef VFIO_CLAIM_LIVE_UNBIND_H
#define VFIO_CLAIM_LIVE_UNBIND_H

#include <stdbool.h>

#include "targets.h"

/*
 * Gives back each device that the plan claims, in order (a card's display before its sound), and
 * prints what became of each: its ID is removed from vfio-pci (remove_id in
 * drivers/pci/pci-driver.c), which would otherwise take it again; the override is cleared; vfio-pci
 * is unbound; the bus probes its drivers, and if none takes the device, the modules that match it
 * are loaded (not below a sysroot). One that is stuck is abandoned. After a signal
 * (../host/signals.h) no further device is released, unless @targets is
 * rolling back. Returns true if none has vfio-pci any more and each has its own driver, if there is
 * one.
 */
bool unbind_all(const struct targets *targets);

#endif
