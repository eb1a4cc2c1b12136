/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tpm_seals.h - the encrypted volumes that the TPM will no longer unlock when the boot changes
 *
 * Which PCRs change: systemd's docs/TPM2_PCR_MEASUREMENTS.md, GRUB's manual, "Measuring boot
 * components", the kernel's drivers/firmware/efi/libstub/efi-stub-helper.c (initrd and command line
 * to PCR 9), and the Linux TPM PCR Registry (UAPI.7).
 */
#ifndef VFIO_CLAIM_PLAN_TPM_SEALS_H
#define VFIO_CLAIM_PLAN_TPM_SEALS_H

#include <stdbool.h>

/* What is about to change. */
struct boot_change {
	bool cmdline; /* the kernel command line */
	bool image;   /* an initramfs image */
	bool addon;   /* @cmdline changes by an add-on beside the unified kernel images */
};

/*
 * Receives a sentence, without a full stop, about what will happen to a volume; @fix: the command
 * that repairs it, or NULL; @when: when to run that, "after that boot, seal it again", or NULL.
 */
typedef void seal_fn(void *to, const char *what, const char *when, const char *fix);

/*
 * Calls @tell for each volume that the TPM will not, or may not, unlock after @change, or for which
 * this is not known. A volume with another TPM key that stays good is skipped.
 * @cmdline: the kernel command line, or NULL. @sysroot: see path_below().
 */
void tpm_seals_tell(const char *sysroot, const char *cmdline, const struct boot_change *change,
		    seal_fn *tell, void *to);

#endif
