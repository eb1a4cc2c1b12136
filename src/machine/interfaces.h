/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * interfaces.h - the network interfaces of a PCI function that are in use
 */
#ifndef VFIO_CLAIM_MACHINE_INTERFACES_H
#define VFIO_CLAIM_MACHINE_INTERFACES_H

#include <stddef.h>

#include "../host/string_set.h"

/* A network interface that is in use, in another network namespace; from malloc(3). */
struct far_interface {
	char *path; /* its directory in sysfs, "/sys/devices/..." */
	char *sentence;
};

/* All zero is the empty list. */
struct far_interfaces {
	struct far_interface *list;
	size_t count;
};

/*
 * Finds the interfaces that are in use, as below, in the network namespaces of other processes:
 * sysfs shows those of one namespace alone, so a child mounts another one for each (namespaces(7)).
 * Leaves out what cannot be found out: all of them unless this is root. @sysroot: see path_below().
 */
void interfaces_find_far(struct far_interfaces *far, const char *sysroot);

/* Adds to @users the sentences about those of the function @slot. */
void interfaces_add_far(const struct far_interfaces *far, const char *sysroot, const char *slot,
			struct string_set *users);

/* Frees all but the struct itself. */
void interfaces_free_far(struct far_interfaces *far);

/*
 * Adds to @users a sentence for each network interface of the function @slot that is a part of
 * another (a bridge, a bond), or that is up (IFF_UP) and has a carrier or a route. One that is up
 * and has neither is idle: network managers bring all of them up. @sysroot: see path_below().
 */
void interfaces_find_users(const char *sysroot, const char *slot, struct string_set *users);

#endif
