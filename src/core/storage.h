/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the root file system can be on, by class codes (include/linux/pci_ids.h) and by the buses
 * beside PCI. For images that have no list of what the system runs from.
 */
#ifndef VFIO_CLAIM_CORE_STORAGE_H
#define VFIO_CLAIM_CORE_STORAGE_H

#include <stdbool.h>

#include "selector.h"

/* Returns true if a function with this ID is a controller of disks: any mass storage, Fibre
 * Channel. */
bool storage_is_controller(const struct pci_id *id);

/* Returns true if the root file system may be behind it: such a controller, USB, SD, FireWire. */
bool storage_may_hold_root(const struct pci_id *id);

/*
 * Returns true if this machine has storage that is not on PCI: virtio-mmio, VMBus, Xen, persistent
 * memory, or a controller of the chip's own. @sys: see sysfs.h.
 */
bool storage_off_pci(int sys);

/* Returns true if root=@value names a disk of this machine, whatever its name; not a server or an
 * image. */
bool storage_is_local_root(const char *value);

#endif
