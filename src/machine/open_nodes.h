/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * open_nodes.h - the device nodes that processes have open or mapped (proc(5): /proc/PID/fd, maps)
 */
#ifndef VFIO_CLAIM_MACHINE_OPEN_NODES_H
#define VFIO_CLAIM_MACHINE_OPEN_NODES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../host/string_set.h"
#include "device_nodes.h"

/* A node that a process has open or mapped. */
struct open_node {
	char *pid;    /* from malloc(3), as the next one */
	char *target; /* by what name: "/dev/dri/card0", "/dev/null (deleted)" */
	mode_t type;  /* S_IFCHR or S_IFBLK; 0 in a copied tree, where only the name is known */
	dev_t number;
	bool mapped; /* it may have been closed since */
};

/* All zero is the empty list. */
struct open_nodes {
	struct open_node *list; /* process by process */
	size_t count;
};

/*
 * Finds them all, but those of this process; what cannot be read is left out. What counts is the
 * number of a node, whatever it is called: a container may have it by another name, and it may be
 * deleted. Files of other hosts and of FUSE are passed over, as asking about them can hang.
 * @sysroot: see path_below().
 */
void open_nodes_read(struct open_nodes *open, const char *sysroot);

/* Returns true if a process has @node open or mapped. */
bool open_nodes_has(const struct open_nodes *open, const struct device_node *node);

/* Adds to @users a sentence for each process that has some of @nodes, "process 812 (Xorg) has
 * /dev/dri/card0 open". */
void open_nodes_find_users(const struct open_nodes *open, const char *sysroot,
			   const struct device_nodes *nodes, struct string_set *users);

/* Adds to @pids the ID of each process that has some of @nodes open or mapped, as text. */
void open_nodes_find_pids(const struct open_nodes *open, const struct device_nodes *nodes,
			  struct string_set *pids);

/* Frees all but the struct itself. */
void open_nodes_free(struct open_nodes *open);

#endif
