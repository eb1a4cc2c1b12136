/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disks_needed.h - the devices behind the file systems and swap areas that a machine runs from
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_DISKS_NEEDED_H
#define VFIO_CLAIM_MACHINE_DISKS_DISKS_NEEDED_H

#include "../protection_search.h"

/*
 * Protects what is behind /, /usr, /boot and the EFI partition, by what is mounted or else by
 * fstab(5), and behind every swap area that is in use or in fstab. What cannot be found out is
 * warned of.
 */
void disks_needed_protect(struct protection *protection);

#endif
