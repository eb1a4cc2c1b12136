/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfs.h - virtual functions created, claimed and removed on the running system
 *
 * The driver of the physical function creates them (sriov_configure, struct pci_driver in
 * include/linux/pci.h). Until they are claimed, sriov_drivers_autoprobe of the physical function is
 * 0: then no driver takes a virtual function without a driver_override (pci_device_can_probe() in
 * drivers/pci/pci-driver.c, since Linux 4.12).
 */
#ifndef VFIO_CLAIM_LIVE_VFS_H
#define VFIO_CLAIM_LIVE_VFS_H

#include <stdbool.h>

#include "../plan/vfs_requests.h"
#include "targets.h"

/*
 * Returns true after printing an error if the request cannot be met now: see vfs_request_refused();
 * the physical function has no driver of its own, or another number of virtual functions; or there
 * is no IOMMU. May take the timeout of @targets.
 */
bool vfs_refused(const struct targets *targets, const struct vfs_request *request);

/*
 * Creates the virtual functions of a request that is not refused, unless they are there, and claims
 * them; prints what became of each. One that is in use by the host is left alone, and so is one
 * that this boot is to keep, which its own driver may take then. vfio-pci is loaded before anything
 * is created. May take the timeout of @targets and a second for each. @targets: opened
 * (targets_open()), without selectors. Returns true if there are as
 * many as requested, and all but those that are kept are claimed.
 */
bool vfs_create(struct targets *targets, const struct vfs_request *request);

/*
 * Returns true after printing an error if the virtual functions of @slot must not be removed: it
 * cannot have any, or somebody uses one of them and targets->force is not set.
 */
bool vfs_busy(struct targets *targets, const char *slot);

/*
 * Removes all virtual functions of @slot, if it has any, whatever drivers they have, and lets
 * drivers take those that are created later. Prints what was done. Returns true if there are none.
 */
bool vfs_remove(struct targets *targets, const char *slot);

#endif
