/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_BOOT_VERBS_H
#define VFIO_CLAIM_BOOT_VERBS_H

/* What a verb returns is the program's exit status. */
#define EXIT_DONE     0 /* all that was asked is done, or nothing was asked */
#define EXIT_NOT_DONE 1 /* something asked for was not done; the log says what */
#define EXIT_USAGE    2

/* What can be asked for, in the order of VERB_NAMES. */
enum verb {
	VERB_RESERVE,
	VERB_BIND_EARLY,
	VERB_WATCH,
	VERB_START,
	VERB_BIND,
	VERB_LATE,
	VERB_JOIN,
	VERB_NONE
};

/*
 * reserve: writes the driver_override of every device that the kernel command line claims, so that
 * no other driver can take it. Loads nothing; the boot waits for it.
 *
 * bind: completes the claims: loads the vfio modules, takes the devices from the drivers that have
 * them, binds them, and gives back what could not be completed. Does nothing when another run of it
 * has completed, and waits for one that is under way.
 *
 * bind-early: the same, beside the rest of the boot, but leaves for bind what another driver holds.
 * An unbind may be stuck for ever with the device's lock, and there are kernels where whoever looks
 * at the device then is stuck too (uevent_show() in drivers/base/core.c): udev, which the boot
 * waits for.
 *
 * watch: beside the rest of the boot, until the switch to the real root: gives back devices that
 * vfio-pci takes without being asked to, because of something that an old guide has left behind.
 * The boot may be waiting for that disk, in which case bind is never called.
 *
 * start: for callers that are scripts: reserve, then, in child processes, bind-early and watch.
 * The boot waits for one process, which is as good as ended when the children begin.
 *
 * late SLOT: claims a device that has appeared since, if it is asked for; udev runs it.
 *
 * join SLOT: with rd.vfio.group=1, claims a device that no claim names, if it shares the IOMMU
 * group of a claimed one that vfio-pci has; udev runs it when another driver has it.
 */
#define VERB_SIZE 11
extern const char VERB_NAMES[VERB_NONE][VERB_SIZE];

/*
 * None of them does anything in a crash kernel, which has a /proc/vmcore: an override alone can
 * take the disk away from the dump.
 */

/* Carries out @verb below @root (/ or the --sysroot); @slot is for VERB_LATE and VERB_JOIN. */
int verb_run(enum verb verb, int root, const char *slot);

#endif
