/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim_state.h"

#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"

/* Returns true if @driver is a variant driver of this boot, by its module's name. */
static bool is_variant(const char *driver, const struct requests *requests, const char *sysroot)
{
	char *module;
	const char *name;
	bool is = false;
	size_t i;

	if (!requests->variant_count)
		return false;
	module = sysroot_real(sysroot, "/sys/bus/pci/drivers/%s/module", driver);
	name = module ? strrchr(module, '/') : NULL;
	for (i = 0; name && i < requests->variant_count; i++)
		is |= strcmp(name + 1, requests->variants[i].module) == 0;
	free(module);
	return is;
}

static bool is_vfio(const char *driver, const struct requests *requests, const char *sysroot)
{
	return strcmp(driver, "vfio-pci") == 0 || is_variant(driver, requests, sysroot);
}

bool decision_is_asked(const struct decision *decision)
{
	return decision->because && decision->verdict != VERDICT_KEEP &&
	       decision->verdict != VERDICT_PASSED && decision->verdict != VERDICT_NEIGHBOUR;
}

bool decision_is_claimed(const struct decision *decision, const struct requests *requests,
			 const char *sysroot)
{
	const char *driver = decision->device->driver;

	return driver[0] && decision->verdict != VERDICT_OTHER_ID &&
	       is_vfio(driver, requests, sysroot);
}

bool decision_is_in_the_way(const struct decision *decision, const struct requests *requests,
			    const char *sysroot)
{
	const char *driver = decision->device->driver;

	return decision->in_the_way && driver[0] && !is_vfio(driver, requests, sysroot);
}

bool decision_is_blocked(const struct boot_plan *boot_plan, const struct decision *decision,
			 const char *sysroot)
{
	const struct plan *plan = &boot_plan->plan;
	const char *group = decision->device->group;
	size_t i;

	for (i = 0; group[0] && i < plan->count; i++)
		if (strcmp(plan->decisions[i].device->group, group) == 0 &&
		    decision_is_in_the_way(&plan->decisions[i], &boot_plan->requests, sysroot))
			return true;
	return false;
}

struct claimed_count boot_plan_count(const struct boot_plan *boot_plan, const char *sysroot)
{
	const struct plan *plan = &boot_plan->plan;
	struct claimed_count count = { 0 };
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (!decision_is_asked(&plan->decisions[i]))
			continue;
		count.asked++;
		count.good +=
			decision_is_claimed(&plan->decisions[i], &boot_plan->requests, sysroot);
	}
	return count;
}

bool boot_plan_is_claimed(const struct boot_plan *boot_plan, const char *sysroot)
{
	const struct claimed_count count = boot_plan_count(boot_plan, sysroot);

	return !boot_plan_asks(boot_plan) || boot_plan->requests.off ||
	       (count.good == count.asked && !boot_plan->plan.unmatched_count &&
		!boot_plan->requests.complaint_count);
}
