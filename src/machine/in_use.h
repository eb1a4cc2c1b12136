/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * in_use.h - who uses a PCI function now, and would lose it or hang with its driver
 */
#ifndef VFIO_CLAIM_MACHINE_IN_USE_H
#define VFIO_CLAIM_MACHINE_IN_USE_H

#include "../core/device.h"
#include "../host/string_set.h"
#include "protection_search.h"

/* What has to be found out once for all functions. */
struct in_use {
	const char *sysroot;
	int sys; /* see ../core/sysfs.h; the caller's */
	struct protection storage;
};

/* Finds out which functions hold what is mounted and the like. Says nothing of what cannot be found
 * out. @sysroot: see path_below(). */
void in_use_begin(struct in_use *in_use, const char *sysroot, int sys);

/*
 * Adds to @users a sentence for each user of a function that its own driver has: file systems, swap
 * areas and volumes on its disks; network interfaces that are up; processes that have a display,
 * sound, a disk or an InfiniBand device open. What hangs on it counts, such as the disks behind a
 * USB controller.
 * An interface in another network namespace is not seen: sysfs hides it.
 */
void in_use_by_host(const struct in_use *in_use, const struct device *device,
		    struct string_set *users);

/* Adds the processes over which a virtual machine has a function that is on vfio-pci. */
void in_use_by_guest(const struct in_use *in_use, const struct device *device,
		     struct string_set *users);

/* The outputs of a display that show a picture, "DP-1, HDMI-A-1": a new string, or NULL for none.
 */
char *in_use_outputs(const char *sysroot, const char *slot);

void in_use_end(struct in_use *in_use);

#endif
