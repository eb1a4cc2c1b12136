/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner.h - the user or group to whom the nodes of claimed devices belong, for virtual machines
 * that root does not start: /dev/vfio/GROUP (drivers/vfio/group.c) and /dev/vfio/devices/vfioN
 * (drivers/vfio/vfio_main.c)
 *
 * A rule of udev calls 'vfio-claim own' for each such node. The node of a group is known by its
 * number alone, which may be another in the next boot, and has no parent device; so the command
 * decides whether one of its devices is claimed. OWNER= in the rule would not do: systemd 258 and
 * 259 ignore it for users and groups that are not the system's.
 */
#ifndef VFIO_CLAIM_PLAN_OWNER_H
#define VFIO_CLAIM_PLAN_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "../host/changes.h"

/* After other rules, so that one of them does not replace what it runs. */
#define OWNER_RULE "/etc/udev/rules.d/90-vfio-claim-owner.rules"

struct owner {
	const char *text; /* "alice", or ":vfio" for a group; the caller's */
	bool group;
	unsigned int id; /* of the user or group */
};

/*
 * Looks up the user or, after a ":", the group @text in the /etc/passwd or /etc/group of the
 * system: other sources may not be there yet when udev runs. @sysroot: see path_below(), here and
 * below. Returns 0, or -1 after printing an error.
 */
int owner_find(struct owner *owner, const char *sysroot, const char *text);

/*
 * Returns what the rule names, "alice" or ":vfio": a new string; NULL if there is no rule, or if it
 * names nobody.
 */
char *owner_rule_read(const char *sysroot);

/*
 * Adds the step that writes the rule for @text, or removes it if that is NULL; none if nothing
 * would change. Returns 0, or -1 after printing an error.
 */
int owner_rule_set(struct changes *changes, const char *text);

/* A node of a claimed device. */
struct owned_node {
	char *path; /* "/dev/vfio/12"; from malloc(3) */
	bool owned; /* the owner can read and write it */
};

struct owned_nodes {
	struct owned_node *list;
	size_t count;
};

/* What the rule says, and what it has done. All zero: there is no rule. */
struct ownership {
	char *text;     /* whom it names, see owner_rule_read(); NULL: there is none */
	bool unknown;   /* there is no such user or group; an error was printed */
	bool is_due;    /* it was written during this boot, whose nodes it need not have */
	bool is_missed; /* a node does not belong to whom it should */
	struct owned_nodes nodes;
};

/*
 * Reads it back. @this_boot: see struct remembered. Returns 0, or -1 after printing an error. The
 * caller frees @ownership in any case.
 */
int ownership_read(struct ownership *ownership, const char *sysroot, bool this_boot);

void ownership_free(struct ownership *ownership);

/*
 * Finds the nodes of the devices that this boot was asked to claim and that vfio-pci or a variant
 * of it has, and whether @owner has them. Returns 0, or -1 after printing an error. The caller
 * frees
 * @nodes in any case.
 */
int owner_look(struct owned_nodes *nodes, const char *sysroot, const struct owner *owner);

void owned_nodes_free(struct owned_nodes *nodes);

/*
 * Gives the node at @path to @owner if it is one of these; does nothing otherwise. With any of
 * these, /dev/iommu too, through which the nodes of single devices are used, unless it belongs to
 * another user or group than root's. Returns 0, or -1 after printing an error.
 */
int owner_give(const char *sysroot, const struct owner *owner, const char *path);

#endif
