/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From what was asked and what is there to what is to be done. Pure: no file, no system call, no
 * global but constants; the boot, the administrator's command and the tests call the same one.
 */
#ifndef VFIO_CLAIM_DECIDE_H
#define VFIO_CLAIM_DECIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "requests.h"
#include "snapshot.h"

enum verdict {
	VERDICT_CLAIM,
	VERDICT_KEEP,       /* rd.vfio.keep names it */
	VERDICT_BRIDGE,     /* its header type is not 0 */
	VERDICT_PASSED,     /* a bridge that a wildcard covers: passed over in silence */
	VERDICT_UNREADABLE, /* not enough of it can be read to know that it may be claimed */
	VERDICT_NO_IOMMU,   /* vfio-pci would refuse it */
};

struct decision {
	const struct device *device;    /* belongs to the snapshot */
	const struct selector *because; /* the first claim that names it */
	const struct selector *keep;    /* VERDICT_KEEP: what keeps it */
	enum verdict verdict;
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

/* Frees what decide() allocated. */
void plan_free(struct plan *plan);

#endif
