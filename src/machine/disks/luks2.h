/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luks2.h - the header of a LUKS2 volume (LUKS2 On-Disk Format Specification) and the tokens in it:
 * systemd-cryptenroll(1)'s "systemd-tpm2" (systemd: src/shared/tpm2-util.c,
 * tpm2_make_luks2_json()) and clevis(1)'s "clevis"
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_LUKS2_H
#define VFIO_CLAIM_MACHINE_DISKS_LUKS2_H

#include "luks_header.h"

/* How much of a LUKS2 volume luks2_read() wants to see. */
#define LUKS2_HEADER_SIZE 512

/*
 * Adds the keys of the TPM that a LUKS2 volume has, from its first header or, if that is damaged,
 * its second. @fd: the volume, open for reading; @raw: its first LUKS2_HEADER_SIZE bytes. Returns
 * 0, or -EBADMSG or -ENOMEM.
 */
int luks2_read(struct luks_header *header, int fd, const unsigned char *raw);

#endif
