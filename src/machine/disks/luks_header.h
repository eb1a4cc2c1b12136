/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * luks_header.h - the header of a LUKS volume, as far as it says which keys the TPM guards
 *
 * LUKS1: the LUKS On-Disk Format Specification, and luksmeta(8) for the gap behind its key slots.
 * LUKS2: the LUKS2 On-Disk Format Specification; the tokens in it are systemd-cryptenroll(1)'s
 * "systemd-tpm2" (systemd: src/shared/tpm2-util.c, tpm2_make_luks2_json()) and clevis(1)'s
 * "clevis". A header may contain anything: nothing in it is trusted.
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

/*
 * Reads the header of the block device, or of the file in its place, at @path (for open(2)).
 * @header: to be released with luks_header_free() whatever is returned.
 * Returns 0, also for what is no LUKS volume; or a negative errno value: what open(2) or read(2)
 * said, -EBADMSG for a header that is damaged, -ENOMEM.
 */
int luks_header_read(struct luks_header *header, const char *path);

/* Frees what it holds. */
void luks_header_free(struct luks_header *header);

/*
 * Adds the key that a binding of clevis' stands for, if it is of the TPM. @jwe: the binding in the
 * compact form (RFC 7516, section 7.1) or only its first part, @len bytes. Returns 0, or -EBADMSG
 * or -ENOMEM.
 */
int luks_header_add_clevis(struct luks_header *header, const char *jwe, size_t len, int slot);

#endif
