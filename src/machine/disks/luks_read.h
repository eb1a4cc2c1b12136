/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luks_read.h - reads the header of a LUKS volume, of either version
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_LUKS_READ_H
#define VFIO_CLAIM_MACHINE_DISKS_LUKS_READ_H

#include "luks_header.h"

/*
 * Reads the header of the block device, or of the file in its place, at @path (for open(2)).
 * @header: to be released with luks_header_free() whatever is returned.
 * Returns 0, also for what is no LUKS volume; or a negative errno value: what open(2) or read(2)
 * said, -EBADMSG for a header that is damaged, -ENOMEM.
 */
int luks_read(struct luks_header *header, const char *path);

#endif
