/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - the families of findings of `vfio-claim check`
 */
#ifndef VFIO_CLAIM_COMMANDS_CHECK_CHECK_H
#define VFIO_CLAIM_COMMANDS_CHECK_CHECK_H

#include <stdbool.h>

#include "../../plan/next_boot.h"
#include "findings.h"

struct check {
	const char *sysroot;
	const char *kver;         /* the running kernel */
	const char *running;      /* its command line */
	const char *asked;        /* that, or the selectors of the command as a command line */
	const char *next_kver;    /* the kernel of the next boot */
	const char *next_cmdline; /* its command line, which asks for the devices */
	struct findings findings;
};

/* Processor, /dev/kvm, IOMMU, interrupt remapping, lockdown, signatures of modules. */
void check_host(struct check *check);

/* Every installed kernel: whether it can do vfio, and its image. */
void check_kernels(struct check *check);

/* Settings that others have left (leftovers.h), and the next boot's command line. */
void check_settings(struct check *check);

/* What `vfio-claim enable` would break elsewhere, and whether it could be done (preflight.h). */
void check_preflight(struct check *check);

/*
 * What is asked for, as the next boot will decide, and what shares its IOMMU groups. Gives 0, or -1
 * when the devices cannot be looked at, after a message.
 */
int check_devices(struct check *check);

/* Whether the boot menu and this boot have what 'vfio-claim enable' set. */
void check_remembered(struct check *check);

/* What shares the IOMMU group of a claimed device; once for each group. */
void check_group(struct check *check, const struct next_boot *next, const struct decision *claim);

/* Whether this boot loads only modules with a good signature. */
bool signatures_are_enforced(const char *sysroot);

/* Whether devices were named on the command, not by the running system. */
bool devices_are_named(const struct check *check);

/*
 * Says how the kernel comes to be told @words, which `vfio-claim enable` sets with a claim: that,
 * where devices are named, or else a command of this system, if it has one.
 */
void helps_on_cmdline(struct check *check, const char *words);

/* Says how @word is taken off the kernel command line. */
void helps_off_cmdline(struct check *check, const char *word);

/* Says how one gets into the firmware setup: a command, if there is one. */
void helps_in_firmware(struct check *check);

#endif
