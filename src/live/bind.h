/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bind.h - devices taken from their drivers and given to vfio-pci on the running system
 */
#ifndef VFIO_CLAIM_LIVE_BIND_H
#define VFIO_CLAIM_LIVE_BIND_H

#include <stdbool.h>

#include "targets.h"

/*
 * Loads vfio-pci, its IOMMU driver and the variant drivers that the plan needs, within the timeout.
 * vfio-pci gets an empty ids=, so that it takes what the plan says and no more. Below a sysroot
 * nothing is loaded: that kernel does not run. Returns true if vfio-pci is there, or false after
 * printing an error.
 */
bool bind_prepare(const struct targets *targets);

/*
 * Carries out the plan's claims, except of devices that a vfio driver has already, and prints what
 * became of each. The last function of a card comes first: its sound may depend on its display.
 * What cannot be bound is given back to its driver; one that is stuck is abandoned. After a signal
 * (../host/signals.h) no further device is taken. Returns true if all are claimed.
 */
bool bind_claims(const struct targets *targets);

#endif
