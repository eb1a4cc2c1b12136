/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reboot_due.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/sysroot.h"
#include "claim_state.h"
#include "vfs_state.h"

/*
 * Says why a device that the next boot claims is not claimed now; *@why stays NULL if it is
 * claimed. @sys: /sys.
 */
static int compare_claimed(char **why, const struct next_boot *next,
			   const struct decision *decision, int sys)
{
	struct device device = *decision->device;
	const struct decision now = { .device = &device, .verdict = decision->verdict };

	/* The device does not have its current driver: see next_boot.h. */
	pci_link(sys, device.slot, "driver", device.driver);
	if (decision_is_claimed(&now, &next->boot_plan.requests, next->sysroot))
		return 0;
	return asprintf(why, "%s will be claimed, and is %s%s now", device.slot,
			device.driver[0] ? "on " : "without a driver", device.driver);
}

static int compare_all_claimed(char **why, const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	char *path = path_below(next->sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int result = sys < 0 ? -1 : 0;
	size_t i;

	for (i = 0; i < plan->count && !*why && result >= 0; i++)
		if (next_boot_claims(next, &plan->decisions[i]))
			result = compare_claimed(why, next, &plan->decisions[i], sys);
	if (sys >= 0)
		close(sys);
	free(path);
	return result;
}

/* Returns true if the next boot claims the function at @slot. */
static bool will_claim(const struct next_boot *next, const char *slot)
{
	const struct plan *plan = &next->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (next_boot_claims(next, &plan->decisions[i]) &&
		    strcmp(plan->decisions[i].device->slot, slot) == 0)
			return true;
	return false;
}

/* Looks for a device that this boot claimed, and that will not be claimed. */
static int compare_released(char **why, const struct next_boot *next, const struct boot_plan *now)
{
	const struct decision *decision;
	size_t i;

	for (i = 0; i < now->plan.count; i++) {
		decision = &now->plan.decisions[i];
		if (decision_is_asked(decision) &&
		    decision_is_claimed(decision, &now->requests, next->sysroot) &&
		    !will_claim(next, decision->device->slot))
			return asprintf(why, "%s is claimed now, but will not be after a reboot",
					decision->device->slot);
	}
	return 0;
}

static bool has_claim(const struct requests *requests, const struct selector *claim)
{
	size_t i;

	for (i = 0; i < requests->claims.count; i++)
		if (strcmp(requests->claims.item[i].text, claim->text) == 0)
			return !requests->off;
	return false;
}

/* Looks for a claim of an absent device for which this boot does not wait. */
static int compare_awaited(char **why, const struct next_boot *next, const struct boot_plan *now)
{
	const struct plan *plan = &next->boot_plan.plan;
	size_t i;

	if (next->unfit || next->boot_plan.requests.off)
		return 0;
	for (i = 0; i < plan->unmatched_count; i++)
		if (!has_claim(&now->requests, plan->unmatched[i]))
			return asprintf(why,
					"%s=%s names no device here; one that appears will be "
					"claimed only after a reboot",
					plan->unmatched[i]->param, plan->unmatched[i]->text);
	return 0;
}

/* Looks for virtual functions that are not there, or not claimed, now. */
static int compare_vfs(char **why, const struct next_boot *next)
{
	const struct requests *requests = &next->boot_plan.requests;
	struct vfs_state state;
	struct text lack;
	int result = 0;
	size_t i;

	for (i = 0; !requests->off && i < next->vfs.count && !*why && result >= 0; i++) {
		if (next_boot_lacks_vfs(&lack, next, &next->vfs.list[i]))
			continue;
		result = vfs_state_find(&state, next->sysroot, &next->vfs.list[i], requests);
		if (result >= 0 && state.trouble.data[0])
			result = asprintf(why,
					  "%s=%s: the virtual functions are not as requested now",
					  state.request->param, state.request->text);
		vfs_state_free(&state);
	}
	return result;
}

/* Returns true if the next boot is asked for virtual functions of the function at @slot. */
static bool will_have_vfs(const struct next_boot *next, const char *slot)
{
	size_t i;

	for (i = 0; !next->boot_plan.requests.off && i < next->vfs.count; i++)
		if (strcmp(next->vfs.list[i].slot, slot) == 0)
			return true;
	return false;
}

/* Looks for virtual functions that this boot claimed, and that the next one is not asked for. */
static int compare_vfs_now(char **why, const struct next_boot *next, const struct vfs_requests *vfs,
			   const struct boot_plan *now)
{
	struct vfs_state state;
	int result = 0;
	size_t i, k;

	for (i = 0; i < vfs->count && !*why && result >= 0; i++) {
		if (will_have_vfs(next, vfs->list[i].slot))
			continue;
		result = vfs_state_find(&state, next->sysroot, &vfs->list[i], &now->requests);
		for (k = 0; result >= 0 && !*why && k < state.count; k++)
			if (state.list[k].claimed)
				result = asprintf(
					why, "%s is claimed now, but will not be after a reboot",
					state.list[k].slot);
		vfs_state_free(&state);
	}
	return result;
}

/* Returns a negative number if out of memory, or if there is no /sys. */
static int compare(char **why, const struct next_boot *next, const struct vfs_requests *vfs,
		   const struct boot_plan *now)
{
	int result = compare_all_claimed(why, next);

	if (result >= 0 && !*why)
		result = compare_vfs(why, next);
	if (result >= 0 && !*why && !now->requests.off)
		result = compare_released(why, next, now);
	if (result >= 0 && !*why && !now->requests.off)
		result = compare_vfs_now(why, next, vfs, now);
	if (result >= 0 && !*why)
		result = compare_awaited(why, next, now);
	if (result < 0)
		message_errno(errno, "the running system");
	return result;
}

int reboot_due(char **why, const struct next_boot *next)
{
	struct vfs_requests vfs = { 0 };
	struct boot_plan now = { 0 };
	int result = -1;

	*why = NULL;
	if (boot_plan_read_boot(&now, next->sysroot) == 0 &&
	    vfs_requests_read(&vfs, next->sysroot, now.texts.cmdline, now.texts.conf) == 0 &&
	    boot_plan_look(&now, next->sysroot) == 0 && boot_plan_decide(&now) == 0)
		result = compare(why, next, &vfs, &now);
	vfs_requests_free(&vfs);
	boot_plan_free(&now);
	if (result >= 0)
		return 0;
	*why = NULL;
	return -1;
}
