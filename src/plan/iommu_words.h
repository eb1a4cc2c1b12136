/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iommu_words.h - what a kernel command line says about the IOMMU, read as the kernel reads it:
 * drivers/iommu/intel/iommu.c: intel_iommu_setup(), drivers/iommu/amd/init.c:
 * parse_amd_iommu_options(), arch/x86/kernel/pci-dma.c: iommu_setup(), arch/x86/kernel/acpi/boot.c:
 * parse_acpi(). What only changes how an IOMMU is used (iommu=pt, iommu=soft, iommu.passthrough=,
 * arm-smmu.disable_bypass=) does not matter here.
 */
#ifndef VFIO_CLAIM_PLAN_IOMMU_WORDS_H
#define VFIO_CLAIM_PLAN_IOMMU_WORDS_H

#include <stdbool.h>

#define IOMMU_WORD_SIZE 64

/* Words as they were written, "iommu=pt,off", truncated to this size; "" for none. */
struct iommu_words {
	char all_off[IOMMU_WORD_SIZE];  /* iommu=off: sticks, whatever follows */
	char amd_off[IOMMU_WORD_SIZE];  /* amd_iommu=off: likewise */
	char acpi_off[IOMMU_WORD_SIZE]; /* acpi=off: then the kernel sees no table */
	char intel[IOMMU_WORD_SIZE];    /* the intel_iommu= with the last "on" or "off" */
	bool intel_on;                  /* that is "on" */
	bool no_force;                  /* intel_iommu=tboot_noforce */
	bool no_gfx;                    /* intel_iommu=igfx_off, or Debian's intgpu_off */
};

/* Reads a command line; if out of memory, all words are empty. */
struct iommu_words iommu_words_read(const char *cmdline);

/*
 * Returns @asked, a command line that may have nothing but claims, plus the words of @running about
 * the IOMMU: a new string, which the caller frees, or NULL if out of memory.
 */
char *iommu_words_join(const char *asked, const char *running);

#endif
