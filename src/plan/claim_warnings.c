/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim_warnings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../machine/override.h"

/* Whatever set the override will do so again after the boot. */
static void warn_of_override(const char *slot, const char *override)
{
	/* Our own overrides name vfio-pci or a variant of it. */
	if (override && override[0] && !strstr(override, "vfio"))
		message_warning("%s: its driver_override is '%s' now; what has set it (driverctl, "
				"a udev rule) may take it from vfio-pci after the boot",
				slot, override);
}

static void warn_of_functions(const char *slot, const char *sysroot)
{
	char *number = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/sriov_numvfs", slot);

	if (number && strtoul(number, NULL, 10) > 0)
		message_warning(
			"%s has virtual functions enabled now; they disappear with "
			"vfio-pci, and if they are enabled before it is claimed, it is refused",
			slot);
	free(number);
}

static void warn_of(const struct decision *decision, const char *override, const char *sysroot)
{
	const char *slot = decision->device->slot;

	if (decision->verdict == VERDICT_PROTECTED)
		message_warning(
			"%s is refused by an image built for this machine; one "
			"for any machine (dracut without hostonly) has no list of what this "
			"system runs from and may claim it",
			slot);
	if (decision->verdict != VERDICT_CLAIM)
		return;
	if (decision->against)
		message_warning("%s is claimed by force, although this system needs it for %s",
				slot, decision->against->param);
	warn_of_override(slot, override);
	warn_of_functions(slot, sysroot);
}

static int claimed_slots(struct string_set *slots, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM &&
		    string_set_add(slots, plan->decisions[i].device->slot) < 0)
			return -ENOMEM;
	return 0;
}

void claim_warnings_print(const struct plan *plan, const char *sysroot)
{
	struct string_set slots = { 0 };
	char **overrides = calloc(plan->count + 1, sizeof(*overrides));
	size_t i, claimed = 0;

	if (!overrides || claimed_slots(&slots, plan) < 0) {
		message_errno(ENOMEM, "the driver_overrides");
		string_set_free(&slots);
		free(overrides);
		return;
	}
	overrides_read(sysroot, &slots, overrides);
	for (i = 0; i < plan->count; i++)
		warn_of(&plan->decisions[i],
			plan->decisions[i].verdict == VERDICT_CLAIM ? overrides[claimed++] : NULL,
			sysroot);
	for (i = 0; i < slots.count; i++)
		free(overrides[i]);
	free(overrides);
	string_set_free(&slots);
}
