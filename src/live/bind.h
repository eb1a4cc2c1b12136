/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bind.h - devices taken from their drivers and given to vfio-pci on the running system
 */
#ifndef VFIO_CLAIM_LIVE_BIND_H
#define VFIO_CLAIM_LIVE_BIND_H

#include <stdbool.h>

#include "targets.h"

/*
 * Has vfio-pci, what it reaches the IOMMU by and the variant drivers that the plan wants loaded,
 * within the time. vfio-pci is given an empty ids=: it shall take what the plan says and no more.
 * Below a sysroot nothing is loaded: that kernel does not run. Gives whether vfio-pci is there; a
 * message is out if not.
 */
bool bind_prepare(const struct targets *targets);

/*
 * Carries the plan's claims out, but for devices that a vfio driver has already, and prints what
 * became of each. The last function of a card comes first: its sound may lean on its display. What
 * cannot be bound goes back to its driver; one that is stuck is left behind. Gives whether all are
 * claimed.
 */
bool bind_claims(const struct targets *targets);

#endif
