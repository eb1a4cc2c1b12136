/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * in_use.h - who uses a PCI function now, and would lose it or hang with its driver
 */
#ifndef VFIO_CLAIM_MACHINE_IN_USE_H
#define VFIO_CLAIM_MACHINE_IN_USE_H

#include "../core/device.h"
#include "../host/string_set.h"
#include "interfaces.h"
#include "open_nodes.h"
#include "protection_search.h"

/* What is found out once for all functions. */
struct in_use {
	const char *sysroot;
	int sys; /* see ../core/sysfs.h; the caller's */
	struct protection storage;
	struct string_set known; /* block devices that it explains, by their directories in sysfs */
	struct open_nodes open;
	struct far_interfaces far;
};

/*
 * Finds out which functions hold what is mounted and the like, and which nodes are open. Passes
 * over in silence what cannot be found out. @sysroot: see path_below().
 */
void in_use_begin(struct in_use *in_use, const char *sysroot, int sys);

/*
 * Adds to @users a sentence for each user of a function that its own driver has, and of whatever
 * hangs on it, such as the disks behind a USB controller: file systems (in any mount namespace),
 * swap areas and volumes, disks that the kernel holds for something else; network interfaces that
 * are up (in any network namespace that a process is in); processes that have one of its nodes open
 * or mapped; NVIDIA's persistence daemon.
 */
void in_use_by_host(const struct in_use *in_use, const struct device *device,
		    struct string_set *users);

/*
 * Adds only those of in_use_by_host() that no process has to end for: file systems, swap areas,
 * volumes, disks that the kernel holds, network interfaces.
 */
void in_use_by_system(const struct in_use *in_use, const struct device *device,
		      struct string_set *users);

/* Adds to @pids the IDs of the processes of in_use_by_host() that have its nodes open or mapped. */
void in_use_find_pids(const struct in_use *in_use, const struct device *device,
		      struct string_set *pids);

/* Adds the processes over which a virtual machine has a function that is on vfio-pci. Only
 * @in_use->sysroot is needed for this. */
void in_use_by_guest(const struct in_use *in_use, const struct device *device,
		     struct string_set *users);

/*
 * Lists the nodes of its input devices that are open, "/dev/input/event3,
 * /dev/input/mouse1": they go with it, and need not be closed first. A new string, or NULL for
 * none.
 */
char *in_use_inputs(const char *sysroot, const struct device *device);

/* The outputs of a display that show a picture, "DP-1, HDMI-A-1": a new string, or NULL for none.
 */
char *in_use_outputs(const char *sysroot, const char *slot);

/* Frees what in_use_begin() has found. */
void in_use_end(struct in_use *in_use);

#endif
