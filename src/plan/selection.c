/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "selection.h"

#include <errno.h>
#include <string.h>

#include "../core/array.h"
#include "../core/params.h"
#include "../host/messages.h"
#include "whereabouts.h"

static int add(struct selectors *to, const struct selector *selector)
{
	return array_add(&to->item, &to->count, selector, sizeof(*selector));
}

int selection_request(struct boot_plan *boot_plan, const char *list, bool force)
{
	char *rest = boot_plan->selectors = strdup(list), *item;
	struct selector selector;
	int err = rest ? 0 : -ENOMEM;

	while (!err && (item = param_item(&rest, ","))) {
		/* The command has already refused malformed ones. */
		if (selector_parse(item, &selector))
			continue;
		selector.param = "rd.vfio.claim";
		err = add(&boot_plan->requests.claims, &selector);
		if (!err && force)
			err = add(&boot_plan->requests.force, &selector);
	}
	if (err)
		message_errno(err, "the selectors");
	return err ? -1 : 0;
}

int selection_decide(struct boot_plan *boot_plan, const char *sysroot, const char *list, bool group)
{
	if (boot_plan_parse(boot_plan) < 0 || selection_request(boot_plan, list, true) < 0)
		return -1;
	boot_plan->requests.group = group;
	if (boot_plan_scan(boot_plan, sysroot) < 0)
		return -1;
	boot_plan->snapshot.iommu = true;
	return boot_plan_decide(boot_plan);
}

/* Prints why a named device is left alone. Returns true if it is. */
static bool refuse(const struct decision *decision)
{
	const char *slot = decision->device->slot;

	switch (decision->verdict) {
	case VERDICT_BRIDGE:
		message_error("%s: it is a bridge, and no virtual machine can have one", slot);
		return true;
	case VERDICT_OTHER_ID:
		message_error("%s: it is not the device that %s asks for", slot,
			      decision->because->text);
		return true;
	case VERDICT_UNREADABLE:
		message_error("%s: its ID cannot be read", slot);
		return true;
	default:
		return false;
	}
}

static void complain_of_place(void *to, const struct selector *claim, const char *where)
{
	(void)to;
	message_error("%s: %s", claim->text, where);
}

unsigned int selection_refusals(const struct boot_plan *boot_plan, const char *sysroot)
{
	const struct plan *plan = &boot_plan->plan;
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++)
		message_error("%s: no such device", plan->unmatched[i]->text);
	for (i = 0; i < plan->count; i++)
		count += refuse(&plan->decisions[i]);
	whereabouts_tell(sysroot, &boot_plan->requests.claims, complain_of_place, NULL);
	return count + (unsigned int)plan->unmatched_count;
}
