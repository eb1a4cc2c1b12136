/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sealed_volumes.h - the encrypted volumes of this machine, and the keys to them that the TPM
 * guards: those that are open now (dm-crypt, /sys/class/block/dm-N/slaves), and those that a boot
 * opens (crypttab.h)
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_SEALED_VOLUMES_H
#define VFIO_CLAIM_MACHINE_DISKS_SEALED_VOLUMES_H

#include <stddef.h>

#include "luks_header.h"

struct sealed_volume {
	char *device; /* "/dev/nvme0n1p3"; from malloc(3) */
	char *node;   /* the same with all links followed; from malloc(3) */
	struct luks_header header;
	int err;       /* why its header could not be read: a negative errno value, or 0 */
	bool blob;     /* its keys are not in the header: crypttab has tpm2-device= for it */
	bool has_file; /* crypttab names a key file, which opens it without the TPM */
	bool expected; /* it is known to be encrypted, whatever its header says */
};

/* All zero is the empty one. */
struct sealed_volumes {
	struct sealed_volume *list;
	size_t count;
};

/*
 * Finds them; without memory some may be left out. @cmdline: the kernel command line, NULL for
 * none. @sysroot: see path_below().
 */
void sealed_volumes_find(struct sealed_volumes *volumes, const char *sysroot, const char *cmdline);

void sealed_volumes_free(struct sealed_volumes *volumes);

#endif
