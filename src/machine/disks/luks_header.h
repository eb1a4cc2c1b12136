/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luks_header.h - the header of a LUKS volume, as far as it says which keys the TPM guards
 * (luks_read.h). A header may contain anything: nothing in it is trusted.
 */
#ifndef VFIO_CLAIM_MACHINE_DISKS_LUKS_HEADER_H
#define VFIO_CLAIM_MACHINE_DISKS_LUKS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum tpm_tool {
	TPM_BY_SYSTEMD,
	TPM_BY_CLEVIS,
};

/* A key that the TPM releases only while certain PCRs have certain values. */
struct tpm_key {
	enum tpm_tool tool;
	uint32_t pcrs;        /* bit N: PCR N must be as it was when the key was sealed */
	uint32_t signed_pcrs; /* bit N: a signature must say what PCR N may be */
	bool pcrlock;         /* systemd-pcrlock(8)'s policy must say so */
	bool pin;             /* a PIN is asked for, too */
	bool optional;        /* clevis' "sss": other pins of the same binding may do */
	int slot;             /* its key slot, -1 when that is not known */
};

/* All zero is the header of what is no LUKS volume. */
struct luks_header {
	int version; /* 1 or 2; 0: this is no LUKS volume */
	char uuid[41];
	struct tpm_key *list;
	size_t count;
	bool slots_known;   /* the header lists its key slots */
	bool has_other_key; /* one of them belongs to no key of @list: a passphrase */
};

/* Adds a copy of @key. Returns 0 or -ENOMEM. */
int luks_header_add(struct luks_header *header, const struct tpm_key *key);

/* Frees what it holds. */
void luks_header_free(struct luks_header *header);

#endif
