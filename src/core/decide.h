/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what was asked and what is there to what is to be done. Pure: no file, no system call, no
 * global but constants; the boot, the administrator's command and the tests call the same one.
 */
#ifndef VFIO_CLAIM_CORE_DECIDE_H
#define VFIO_CLAIM_CORE_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "requests.h"
#include "snapshot.h"

enum verdict {
	VERDICT_CLAIM,
	VERDICT_KEEP,       /* rd.vfio.keep names it */
	VERDICT_BRIDGE,     /* its header type is not 0 */
	VERDICT_PASSED,     /* passed over silently: a bridge that nobody named itself, or a device
			       that goes with its VMD controller */
	VERDICT_UNREADABLE, /* not enough of it can be read to know that it may be claimed */
	VERDICT_OTHER_ID,   /* the guard of the claim asks for another ID */
	VERDICT_PROTECTED,  /* the system runs from it */
	VERDICT_LAST_STORAGE, /* nothing is protected, and no other storage would stay */
	VERDICT_HAS_VFS,      /* vfio-pci refuses it while its virtual functions are enabled */
	VERDICT_DIRECT,       /* the firmware wants its memory mapped one to one */
	VERDICT_NO_IOMMU,     /* vfio-pci would refuse it */
	VERDICT_NEIGHBOUR,    /* nobody named it; it shares the IOMMU group of a claimed device */
	VERDICT_STRAY, /* nobody named it, and yet vfio-pci holds it: see snapshot_add_held() */
};

struct decision {
	const struct device *device;    /* belongs to the snapshot */
	const struct selector *because; /* the first claim that names it, or its neighbour */
	const struct selector
		*against; /* VERDICT_KEEP, VERDICT_PROTECTED: what keeps it; what
			     protects a VERDICT_NEIGHBOUR or a VERDICT_STRAY, or NULL */
	/* The member of its IOMMU group that permanently keeps the group, and so a claimed device,
	   from any virtual machine: this system needs it, or it is the VMD controller in front of
	   the claimed device. NULL when there is none, and for what is in no claimed group. */
	const struct decision *spoiler;
	const char *module; /* of the best variant driver, or NULL for vfio-pci itself */
	enum verdict verdict;
	bool forced;     /* a guard would have refused it, and a foreign driver_override may go */
	bool in_the_way; /* it stays in the group of a claimed device, with a driver that keeps
			    that from any virtual machine, or without one yet */
};

struct plan {
	struct decision *decisions; /* one for each device of the snapshot */
	size_t count;
	const struct selector **unmatched; /* claims that name nothing in this machine */
	size_t unmatched_count;
	size_t claim_count; /* decisions that are VERDICT_CLAIM */
	bool hide_ids;      /* the module must not see any list of IDs but an empty one */
};

/*
 * Decides for every device of @snapshot and every claim of @requests; both must outlive @plan.
 * Returns 0, or -ENOMEM with nothing to be freed.
 */
int decide(struct plan *plan, const struct requests *requests, const struct snapshot *snapshot);

/*
 * Returns true if the spoiler of @decision's group is the VMD controller in front of the device,
 * rather than something that this system needs.
 */
bool decision_is_behind_vmd(const struct decision *decision);

/* Frees what decide() allocated. */
void plan_free(struct plan *plan);

#endif
