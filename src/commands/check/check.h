/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - the subjects of `vfio-claim check`, one file for each
 */
#ifndef VFIO_CLAIM_COMMANDS_CHECK_CHECK_H
#define VFIO_CLAIM_COMMANDS_CHECK_CHECK_H

#include <stdbool.h>

#include "../../host/options.h"
#include "../../plan/next_boot.h"
#include "findings.h"

struct check {
	const char *sysroot;
	const char *kver;         /* the running kernel */
	const char *running;      /* its command line */
	const char *asked;        /* the same, or the selectors of the command as a command line */
	const char *next_kver;    /* the kernel of the next boot */
	const char *next_cmdline; /* its command line, which requests the devices */
	bool guest;               /* --guest */
	unsigned long memory;     /* --memory, in GiB; 0: not given */
	struct string_set groups; /* IOMMU groups that have been reported */
	struct findings findings;
};

/* Processor, /dev/kvm, IOMMU, interrupt remapping, lockdown, module signatures. */
void check_host(struct check *check);

/* Each installed kernel: whether it supports vfio, and its image. */
void check_kernels(struct check *check);

/* What other guides told people to write (leftovers.h). */
void check_leftovers(struct check *check);

/* The next boot's command line: how it differs from the running one, and from GRUB's settings. */
void check_cmdline(struct check *check);

/* What `vfio-claim enable` would break, and whether it has the room that it needs (preflight.h). */
void check_preflight(struct check *check);

/*
 * The requested devices, as the next boot will decide, and what shares their IOMMU groups.
 * Returns 0, or -1 after printing an error if the PCI bus cannot be read.
 */
int check_devices(struct check *check);

/* The settings of 'vfio-claim enable': whether the boot menu and this boot still have them. */
void check_enabled(struct check *check);

/* The partitions from which proxmox-boot-tool starts the system: their menus and images. */
void check_esps(struct check *check);

/* The other members of a claimed device's IOMMU group; once for each group. */
void check_group(struct check *check, const struct next_boot *next, const struct decision *claim);

/* The virtual functions that are requested, and what else sets how many there are. */
void check_vfs(struct check *check, const struct next_boot *next);

/* A claimed device: power state, resizable BARs, and ACS of the ports above it. */
void check_power(struct check *check, const struct next_boot *next, const struct device *device);

/* Returns true if vfio-pci or a variant of it has the device now. */
bool vfio_has_it(const struct next_boot *next, const struct device *device);

/* With --guest: memory, and how KVM handles MSRs. */
void check_guest(struct check *check);

/* With --memory: memory for the guest, hugepages, and whether it may be locked. */
void check_guest_memory(struct check *check);

/* With --guest: driver, reset, VGA and ROM of a device that the next boot claims. */
void check_guest_device(struct check *check, const struct next_boot *next,
			const struct device *device);

/* Takes the value of --memory into an unsigned long. */
take_fn check_take_memory;

/* Returns true if the running kernel loads only modules with a valid signature. */
bool signatures_are_enforced(const char *sysroot);

/* Returns true if selectors were given, so that the running system's requests do not count. */
bool devices_are_named(const struct check *check);

/*
 * Sets the fix of the finding added last: how to add @words to the kernel command line. If devices
 * are named, 'vfio-claim enable' does it; otherwise a command of this system, if there is one.
 */
void fix_on_cmdline(struct check *check, const char *words);

/* The same: how to remove @word from the kernel command line. */
void fix_off_cmdline(struct check *check, const char *word);

/* The same: a command that leads to the firmware setup, if there is one. */
void fix_in_firmware(struct check *check);

#endif
