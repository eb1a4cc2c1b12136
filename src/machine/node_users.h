/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node_users.h - device nodes, and the processes that have them open (proc(5), /proc/PID/fd)
 */
#ifndef VFIO_CLAIM_MACHINE_NODE_USERS_H
#define VFIO_CLAIM_MACHINE_NODE_USERS_H

#include <stddef.h>

#include "../core/device.h"
#include "../host/string_set.h"

/* A node below /dev, as the kernel names it. */
struct node {
	char *name; /* "dri/card0", from malloc(3) */
	unsigned int major, minor;
};

struct nodes {
	struct node *list;
	size_t count;
};

/*
 * Adds the nodes of a function whose users would hang the driver that lets go of it, or lose what
 * they do: displays and accelerators (also NVIDIA's own node), sound, disks and InfiniBand. Users
 * of other nodes, such as a keyboard's, live with its going. @sysroot: see path_below(), as below.
 */
void nodes_of_driver(const char *sysroot, const struct device *device, struct nodes *nodes);

/* Adds those over which a virtual machine has it: of its IOMMU group, and its own (cdev). */
void nodes_of_vfio(const char *sysroot, const struct device *device, struct nodes *nodes);

/* Adds to @users a sentence for each process that has some of them open, "process 812 (Xorg) has
 * /dev/dri/card0 open"; this process is none. */
void nodes_users(const char *sysroot, const struct nodes *nodes, struct string_set *users);

/* Frees all but the struct itself. */
void nodes_free(struct nodes *nodes);

#endif
