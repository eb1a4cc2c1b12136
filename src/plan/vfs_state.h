/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vfs_state.h - what has become of a request for virtual functions, read back from sysfs
 */
#ifndef VFIO_CLAIM_PLAN_VFS_STATE_H
#define VFIO_CLAIM_PLAN_VFS_STATE_H

#include "../core/requests.h"
#include "vfs_requests.h"

/* One virtual function. */
struct vf_state {
	char slot[SLOT_SIZE];
	char driver[NAME_SIZE]; /* "" for none */
	char group[NAME_SIZE];  /* its IOMMU group; "" for none */
	bool claimed;           /* vfio-pci or a variant of it has it */
	bool kept;              /* this boot was to keep it */
};

struct vfs_state {
	const struct vfs_request *request;
	struct vf_state *list;
	size_t count;
	struct text trouble; /* what is wrong, a sentence without a full stop; "" for nothing */
};

/*
 * Finds the state of @request. @boot: what this boot was asked for, which names what is kept.
 * @sysroot: see path_below(). Never waits for a device's lock. Returns 0, or -1 after printing an
 * error. The caller frees @state.
 */
int vfs_state_find(struct vfs_state *state, const char *sysroot, const struct vfs_request *request,
		   const struct requests *boot);

void vfs_state_free(struct vfs_state *state);

/* Returns true if something is wrong with one of @requests, or that is not known. */
bool vfs_states_any_trouble(const struct vfs_requests *requests, const char *sysroot,
			    const struct requests *boot);

#endif
