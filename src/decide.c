/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The size of the buffer for ids= in vfio_pci.c; a longer value makes loading the module fail. */
#define KERNEL_IDS_SIZE 1024

static bool names(const struct selector *selector, const struct device *device)
{
	switch (selector->kind) {
	case SELECTOR_ID:
		return device->id_known && selector_matches_id(selector, &device->id);
	case SELECTOR_SLOT:
		return selector_matches_address(selector, &device->address);
	case SELECTOR_BOOT_VGA:
		return device->boot_vga;
	}
	return false;
}

/* The first of @selectors that names @device, or NULL. */
static const struct selector *first_naming(const struct selectors *selectors,
					   const struct device *device)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		if (names(&selectors->item[i], device))
			return &selectors->item[i];
	return NULL;
}

static bool is_wildcard(const struct selector *selector)
{
	return selector->kind == SELECTOR_SLOT && selector->address.function == FUNCTION_ANY;
}

static enum verdict judge(const struct decision *decision, const struct snapshot *snapshot)
{
	const struct device *device = decision->device;

	if (device->header_known && device->bridge)
		return is_wildcard(decision->because) ? VERDICT_PASSED : VERDICT_BRIDGE;
	if (decision->keep)
		return VERDICT_KEEP;
	/* Without its ID, a keep that names it by ID would go unheard. */
	if (!device->header_known || !device->id_known)
		return VERDICT_UNREADABLE;
	/* On arm64 and with virtio-iommu a device joins its group only when a driver probes it. */
	if (!snapshot->iommu && !device->in_group)
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
		if (names(claim, &snapshot->devices[i]))
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

static bool ids_name(const struct requests *requests, const struct device *device)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->param == PARAM_KERNEL_IDS && names(claim, device))
			return true;
	}
	return false;
}

/* Its own driver is to have it; a bridge has no need of this, vfio-pci refuses every one. */
static bool left_alone(const struct decision *decision)
{
	return decision->verdict == VERDICT_KEEP || decision->verdict == VERDICT_UNREADABLE;
}

static bool must_hide_ids(const struct plan *plan, const struct requests *requests)
{
	const struct decision *decision;
	size_t i;

	if (requests->ids_length >= KERNEL_IDS_SIZE)
		return true;
	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (left_alone(decision) && ids_name(requests, decision->device))
			return true;
	}
	return false;
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
