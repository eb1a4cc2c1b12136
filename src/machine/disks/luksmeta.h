/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luksmeta.h - what clevis(1) has put into the gap behind the key slots of a LUKS1 volume
 * (luksmeta(8); latchset/luksmeta: libluksmeta.c)
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_LUKSMETA_H
#define VFIO_CLAIM_MACHINE_DISKS_LUKSMETA_H

#include "luks_header.h"

/* How much of a LUKS1 volume luksmeta_read() wants to see. */
#define LUKS1_HEADER_SIZE 592

/*
 * Adds the keys of the TPM that a LUKS1 volume has. @fd: the volume, open for reading; @raw: its
 * first LUKS1_HEADER_SIZE bytes. Returns 0, also when it has no such gap, or -EBADMSG or -ENOMEM.
 */
int luksmeta_read(struct luks_header *header, int fd, const unsigned char *raw);

#endif
