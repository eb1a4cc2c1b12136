/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clevis_binding.h - what a binding of clevis(1)'s needs to give its key: PCRs of the TPM
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_CLEVIS_BINDING_H
#define VFIO_CLAIM_MACHINE_DISKS_CLEVIS_BINDING_H

#include "luks_header.h"

/*
 * Adds the key that a binding stands for. @jwe: the binding in the compact form (RFC 7516, section
 * 7.1) or only its first part, @len bytes; @slot: its key slot. Returns 0, or -EBADMSG or -ENOMEM.
 */
int clevis_binding_add(struct luks_header *header, const char *jwe, size_t len, int slot);

#endif
