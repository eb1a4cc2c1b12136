/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The first of @selectors that names @device, or NULL. */
static const struct selector *first_naming(const struct selectors *selectors,
					   const struct device *device)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		if (device_matches(&selectors->item[i], device))
			return &selectors->item[i];
	return NULL;
}

static enum verdict judge(const struct decision *decision, const struct snapshot *snapshot)
{
	if (decision->device->bridge)
		return selector_is_wildcard(decision->because) ? VERDICT_PASSED : VERDICT_BRIDGE;
	if (decision->keep)
		return VERDICT_KEEP;
	/* Without its ID, a keep that names it by ID would go unheard. */
	if (!decision->device->id_known)
		return VERDICT_UNREADABLE;
	/* On arm64 and with virtio-iommu a device joins its group only when a driver probes it. */
	if (!snapshot->iommu)
		return VERDICT_NO_IOMMU;
	return VERDICT_CLAIM;
}

static void decide_device(struct decision *decision, const struct requests *requests,
			  const struct snapshot *snapshot, const struct device *device)
{
	decision->device = device;
	decision->because = first_naming(&requests->claims, device);
	decision->keep = first_naming(&requests->keeps, device);
	decision->verdict = judge(decision, snapshot);
}

static bool matches_any(const struct selector *claim, const struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (device_matches(claim, &snapshot->devices[i]))
			return true;
	return false;
}

static void list_unmatched(struct plan *plan, const struct requests *requests,
			   const struct snapshot *snapshot)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (!matches_any(claim, snapshot))
			plan->unmatched[plan->unmatched_count++] = claim;
	}
}

/*
 * In doubt the module does not see the vfio-pci.ids= of the command line, nor those of modprobe.d:
 * on loading it takes whatever they match, by its own reading of them and past a "--".
 */
static bool must_hide_ids(const struct plan *plan, const struct requests *requests)
{
	return requests->keeps.count || requests->complaint_count ||
	       plan->claim_count != plan->count;
}

int decide(struct plan *plan, const struct requests *requests, const struct snapshot *snapshot)
{
	size_t i;

	memset(plan, 0, sizeof(*plan));
	plan->decisions = calloc(snapshot->count + 1, sizeof(*plan->decisions));
	plan->unmatched = calloc(requests->claims.count + 1, sizeof(*plan->unmatched));
	if (!plan->decisions || !plan->unmatched) {
		plan_free(plan);
		return -ENOMEM;
	}
	plan->count = snapshot->count;
	for (i = 0; i < plan->count; i++) {
		decide_device(&plan->decisions[i], requests, snapshot, &snapshot->devices[i]);
		plan->claim_count += plan->decisions[i].verdict == VERDICT_CLAIM;
	}
	list_unmatched(plan, requests, snapshot);
	plan->hide_ids = must_hide_ids(plan, requests);
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->decisions);
	free(plan->unmatched);
	memset(plan, 0, sizeof(*plan));
}
