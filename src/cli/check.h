/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check.h - the families of findings of `vfio-claim check`
 */
#ifndef VFIO_CLAIM_CLI_CHECK_H
#define VFIO_CLAIM_CLI_CHECK_H

#include <stdbool.h>

#include "findings.h"

struct check {
	const char *sysroot;
	const char *kver;    /* the running kernel */
	const char *running; /* its command line */
	const char *asked;   /* the command line that asks for the devices: that one, or another */
	struct findings findings;
};

/* Processor, /dev/kvm, IOMMU, interrupt remapping, lockdown, signatures of modules. */
void check_host(struct check *check);

/* Every installed kernel: whether it can do vfio, and its image. */
void check_kernels(struct check *check);

/* Settings that others have left: modprobe.d, and the next boot's command line. */
void check_settings(struct check *check);

/*
 * What is asked for, as the next boot will decide, and what shares its IOMMU groups. Gives 0, or -1
 * when the devices cannot be looked at, after a message.
 */
int check_devices(struct check *check);

/* Whether this boot loads only modules with a good signature. */
bool signatures_are_enforced(const char *sysroot);

/* Says how @words come onto the kernel command line of this system: a command, if it has one. */
void helps_on_cmdline(struct check *check, const char *words);

#endif
