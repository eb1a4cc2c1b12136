/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decide.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "drivers.h"
#include "storage.h"
#include "text.h"

#define VENDOR_INTEL      0x8086
#define CLASS_RAID        0x0104
#define CLASS_BRIDGE_HOST 0x0600

/*
 * Returns the number of asterisks in @pattern, each of which matches any run of characters, if
 * @text matches; -1 otherwise.
 */
static int match_alias(const char *pattern, const char *text)
{
	const char *star = NULL, *resume = NULL;
	int stars = 0;

	while (*text || *pattern) {
		if (*pattern == '*') {
			star = ++pattern;
			resume = text;
			stars++;
		} else if (*pattern && *pattern == *text) {
			pattern++;
			text++;
		} else if (star && *text) {
			/* Let the last asterisk match one more character. */
			pattern = star;
			text = ++resume;
		} else {
			return -1;
		}
	}
	return stars;
}

/* As libvirt does: of the aliases that match, the one with the fewest asterisks. */
static const char *best_module(const struct requests *requests, const struct device *device)
{
	const char *module = NULL, *pattern;
	int stars, fewest = 0;
	size_t i;

	for (i = 0; i < requests->variant_count; i++) {
		pattern = requests->variants[i].alias;
		stars = text_skip(&pattern, "vfio_") ? match_alias(pattern, device->alias) : -1;
		if (stars < 0 || (module && stars >= fewest))
			continue;
		module = requests->variants[i].module;
		fewest = stars;
	}
	return module;
}

static bool any_device(const struct snapshot *snapshot, const struct selector *selector,
		       device_matcher *matches)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (matches(selector, &snapshot->devices[i]))
			return true;
	return false;
}

/*
 * Returns what protects @device, by place and ID, or by ID alone if nothing is in that place any
 * more.
 */
static const struct selector *first_protecting(const struct requests *requests,
					       const struct snapshot *snapshot,
					       const struct device *device)
{
	const struct selector *selector;
	size_t i;

	for (i = 0; i < requests->protected.count; i++) {
		selector = &requests->protected.item[i];
		if (device_matches(selector, device) ||
		    (device_is_twin(selector, device) &&
		     !any_device(snapshot, selector, device_matches)))
			return selector;
	}
	return NULL;
}

/* Checks the guards, which only rd.vfio.force= overrides. */
static enum verdict check_guards(struct decision *decision, const struct requests *requests,
				 const struct snapshot *snapshot)
{
	const struct device *device = decision->device;

	decision->against = first_protecting(requests, snapshot, device);
	if (decision->against)
		return VERDICT_PROTECTED;
	if (snapshot->last_storage && storage_is_controller(&device->id) &&
	    claims_at_large(requests, device))
		return VERDICT_LAST_STORAGE;
	if (device->has_vfs)
		return VERDICT_HAS_VFS;
	if (device->direct)
		return VERDICT_DIRECT;
	return VERDICT_CLAIM;
}

/* Returns the verdict on a device that a claim names, directly or by its group. */
static enum verdict judge(struct decision *decision, const struct requests *requests,
			  const struct snapshot *snapshot)
{
	const struct device *device = decision->device;
	enum verdict verdict;

	if (device->bridge)
		return decision->because->wildcard ? VERDICT_PASSED : VERDICT_BRIDGE;
	decision->against = device_first(&requests->keeps, device, device_matches);
	if (decision->against)
		return VERDICT_KEEP;
	/* Without its ID, a keep that names it by ID would have no effect. */
	if (!device->id_known)
		return VERDICT_UNREADABLE;
	/* On arm64 and with virtio-iommu a device joins its group only when a driver probes it. */
	if (!snapshot->iommu)
		return VERDICT_NO_IOMMU;
	decision->forced = device_first(&requests->force, device, device_matches);
	verdict = check_guards(decision, requests, snapshot);
	return decision->forced ? VERDICT_CLAIM : verdict;
}

static void decide_named(struct decision *decision, const struct requests *requests,
			 const struct snapshot *snapshot)
{
	const struct device *device = decision->device;

	decision->verdict = VERDICT_PASSED;
	decision->because = device_first(&requests->claims, device, device_matches);
	if (decision->because) {
		decision->verdict = judge(decision, requests, snapshot);
		return;
	}
	decision->because = device_first(&requests->claims, device, device_is_meant);
	if (decision->because && !(device->bridge && decision->because->wildcard))
		decision->verdict = VERDICT_OTHER_ID;
}

/*
 * Returns the decision to claim another device of the same IOMMU group that a claim names, or NULL.
 */
static const struct decision *claimed_neighbour(const struct plan *plan,
						const struct device *device)
{
	const struct decision *other;
	size_t i;

	for (i = 0; device->group[0] && i < plan->count; i++) {
		other = &plan->decisions[i];
		if (other->verdict == VERDICT_CLAIM && other->because &&
		    !strcmp(other->device->group, device->group))
			return other;
	}
	return NULL;
}

/*
 * Firmware numbers domains with 16 bits; the kernel gives greater numbers to the domains behind
 * Intel's VMD controllers (drivers/pci/controller/vmd.c: vmd_find_free_domain()). Devices there do
 * their DMA as the controller, so they are in its group (pci_real_dma_dev()).
 */
static bool is_behind_vmd(const struct device *device)
{
	return device->address.domain > 0xffff;
}

static bool is_vmd(const struct device *device)
{
	return device->id.vendor == VENDOR_INTEL && device->id.class >> 8 == CLASS_RAID &&
	       !is_behind_vmd(device);
}

/*
 * Returns the decision on the VMD controller that @device is behind, or NULL. Where groups are not
 * read, any that is claimed counts: it is better to reserve too little, because bind decides again.
 */
static const struct decision *vmd_above(const struct plan *plan, const struct device *device)
{
	const struct device *other;
	size_t i;

	for (i = 0; is_behind_vmd(device) && i < plan->count; i++) {
		other = plan->decisions[i].device;
		if (is_vmd(other) && !strcmp(other->group, device->group) &&
		    (device->group[0] || plan->decisions[i].verdict == VERDICT_CLAIM))
			return &plan->decisions[i];
	}
	return NULL;
}

/* Devices behind a VMD controller disappear if it loses its driver. */
static bool goes_with_vmd(const struct plan *plan, const struct device *device)
{
	const struct decision *vmd = vmd_above(plan, device);

	return vmd && vmd->verdict == VERDICT_CLAIM;
}

bool decision_is_behind_vmd(const struct decision *decision)
{
	const struct decision *spoiler = decision->spoiler;
	bool needed = spoiler && spoiler->against && spoiler->verdict != VERDICT_KEEP;

	return spoiler && !needed && is_behind_vmd(decision->device) && is_vmd(spoiler->device);
}

/* Returns true if only rd.vfio.force= could claim it. */
static bool stays_for_good(const struct device *device, const struct requests *requests,
			   const struct snapshot *snapshot)
{
	return !device->bridge && !device_first(&requests->force, device, device_matches) &&
	       first_protecting(requests, snapshot, device);
}

/* Notes @spoiler with the claims of its group. */
static void spoil(struct plan *plan, const struct decision *spoiler)
{
	const char *group = spoiler->device->group;
	struct decision *claim;
	size_t i;

	for (i = 0; group[0] && i < plan->count; i++) {
		claim = &plan->decisions[i];
		if (claim->verdict == VERDICT_CLAIM && !strcmp(claim->device->group, group))
			claim->spoiler = spoiler;
	}
}

/* Notes the spoiler of each claim's group, the first one: such a group is not extended. */
static void find_spoilers(struct plan *plan, const struct requests *requests,
			  const struct snapshot *snapshot)
{
	const struct decision *vmd;
	struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		vmd = vmd_above(plan, decision->device);
		if (vmd && vmd->verdict == VERDICT_CLAIM)
			decision->verdict = VERDICT_PASSED;
		if (decision->verdict == VERDICT_CLAIM)
			decision->spoiler = vmd;
	}
	while (i--) {
		decision = &plan->decisions[i];
		if (decision->verdict != VERDICT_CLAIM &&
		    stays_for_good(decision->device, requests, snapshot))
			spoil(plan, decision);
	}
}

/*
 * Returns the first claim in the device's group that has a spoiler, or else the first claim there.
 */
static const struct decision *speaks_for(const struct plan *plan, const struct device *device)
{
	const struct decision *first = claimed_neighbour(plan, device), *other;
	const struct decision *end = plan->decisions + plan->count;

	for (other = first; other && other < end; other++)
		if (other->spoiler && other->verdict == VERDICT_CLAIM &&
		    !strcmp(other->device->group, device->group))
			return other;
	return first;
}

/* Most machines have host bridges, and most of these have no driver. */
static bool is_idle_host_bridge(const struct device *device)
{
	return device->id.class >> 8 == CLASS_BRIDGE_HOST && driver_leaves_group(device->driver);
}

/* Decides about a device that no claim names but that shares a group with a claimed one. */
static void decide_neighbour(struct decision *decision, const struct decision *other,
			     const struct decision *first, const struct requests *requests,
			     const struct snapshot *snapshot)
{
	decision->because = first->because;
	decision->verdict = judge(decision, requests, snapshot);
	if (decision->verdict == VERDICT_KEEP ||
	    (requests->group && (!other->spoiler || decision->verdict == VERDICT_PROTECTED)))
		return;
	if (decision->verdict != VERDICT_PROTECTED)
		decision->against = NULL;
	decision->verdict = VERDICT_NEIGHBOUR;
	decision->forced = false;
}

static void decide_in_group(struct plan *plan, struct decision *decision,
			    const struct requests *requests, const struct snapshot *snapshot)
{
	const struct device *device = decision->device;
	const struct decision *other;

	if (decision->verdict == VERDICT_CLAIM || device->bridge || is_idle_host_bridge(device) ||
	    goes_with_vmd(plan, device))
		return;
	other = speaks_for(plan, device);
	if (!other)
		return;
	if (!decision->because)
		decide_neighbour(decision, other, claimed_neighbour(plan, device), requests,
				 snapshot);
	if (decision->verdict == VERDICT_CLAIM)
		return;
	decision->spoiler = other->spoiler;
	decision->in_the_way = !device->driver[0] || !driver_leaves_group(device->driver);
}

static void decide_neighbours(struct plan *plan, const struct requests *requests,
			      const struct snapshot *snapshot)
{
	size_t i;

	find_spoilers(plan, requests, snapshot);
	for (i = 0; i < plan->count; i++)
		decide_in_group(plan, &plan->decisions[i], requests, snapshot);
}

static void list_unmatched(struct plan *plan, const struct requests *requests,
			   const struct snapshot *snapshot)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (!any_device(snapshot, claim, device_is_meant))
			plan->unmatched[plan->unmatched_count++] = claim;
	}
}

/* Returns true if a claim is the kernel's own parameter; and, with @device, names it. */
static bool any_kernel_id(const struct requests *requests, const struct device *device)
{
	const struct selector *claim;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->param == PARAM_KERNEL_IDS && (!device || device_matches(claim, device)))
			return true;
	}
	return false;
}

/*
 * When it is loaded, the module takes every device that its ids= match, as it reads them and even
 * after a "--". So it only gets those of the command line, which replace what an old guide has left
 * in modprobe.d, and only if every device that they name is to be claimed.
 */
static bool must_hide_ids(const struct plan *plan, const struct requests *requests)
{
	const struct decision *decision;
	size_t i;

	if (requests->keeps.count || requests->complaint_count || !any_kernel_id(requests, NULL))
		return true;
	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (decision->verdict != VERDICT_CLAIM && any_kernel_id(requests, decision->device))
			return true;
	}
	return false;
}

static bool is_claimed(const struct plan *plan, const char *slot)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM &&
		    !strcmp(plan->decisions[i].device->slot, slot))
			return true;
	return false;
}

/*
 * Returns true if vfio-pci has a device that no claim names and that must go back: always if this
 * system runs from it, otherwise if this boot requests claims. Devices with an override, which was
 * set on purpose, and virtual functions of claimed devices stay.
 */
static bool is_stray(struct decision *decision, const struct plan *plan,
		     const struct requests *requests, const struct snapshot *snapshot)
{
	const struct device *device = decision->device;

	if (!device->held || is_claimed(plan, device->slot) || is_claimed(plan, device->pf) ||
	    goes_with_vmd(plan, device))
		return false;
	decision->against = first_protecting(requests, snapshot, device);
	return decision->against || (requests->claims.count && !device->overridden);
}

static void decide_strays(struct plan *plan, const struct requests *requests,
			  const struct snapshot *snapshot)
{
	struct decision *decision;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if ((!decision->because || decision->verdict == VERDICT_NEIGHBOUR) &&
		    is_stray(decision, plan, requests, snapshot))
			decision->verdict = VERDICT_STRAY;
	}
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
		plan->decisions[i].device = &snapshot->devices[i];
		decide_named(&plan->decisions[i], requests, snapshot);
	}
	decide_neighbours(plan, requests, snapshot);
	decide_strays(plan, requests, snapshot);
	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		plan->claim_count++;
		plan->decisions[i].module = best_module(requests, plan->decisions[i].device);
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
