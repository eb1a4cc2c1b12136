/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "losses.h"

#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"
#include "boot_plan.h"
#include "keyboards.h"

#define DEVICES "/sys/bus/pci/devices"

/* Returns true if the host keeps the function @slot if all of @group is claimed, too. */
static bool is_left(const struct plan *plan, const char *group, const char *slot)
{
	const struct decision *decision;
	struct pci_address address;

	if (!address_parse(slot, &address))
		return true;
	decision = boot_plan_decision(plan, &address);
	return !decision ||
	       (decision->verdict != VERDICT_CLAIM && strcmp(decision->device->group, group) != 0);
}

static bool is_display(const char *sysroot, const char *slot)
{
	char *alias = sysroot_read(sysroot, DEVICES "/%s/modalias", slot);
	bool is = alias && strstr(alias, "bc03sc");

	free(alias);
	return is;
}

/* Returns true if the host keeps a display. */
static bool any_display_left(const char *sysroot, const struct plan *plan, const char *group)
{
	struct string_set slots = sysroot_list(sysroot, DEVICES);
	bool any = false;
	size_t i;

	for (i = 0; !any && i < slots.count; i++)
		any = is_display(sysroot, slots.name[i]) && is_left(plan, group, slots.name[i]);
	string_set_free(&slots);
	return any;
}

/* Returns true if a keyboard is attached to the device, and the host keeps none. */
static bool has_last_keyboard(const char *sysroot, const struct plan *plan,
			      const struct device *device)
{
	struct keyboards keyboards;
	const char *slot;
	bool has, left = false;
	size_t i;

	keyboards_find(&keyboards, sysroot);
	has = keyboards_count_on(&keyboards, device->slot) > 0;
	for (i = 0; has && i < keyboards.count; i++) {
		slot = keyboards.list[i].slot;
		left |= !slot || is_left(plan, device->group, slot);
	}
	keyboards_free(&keyboards);
	return has && !left;
}

void losses_add(struct text *line, const char *sysroot, const struct plan *plan,
		const struct device *device)
{
	if (is_display(sysroot, device->slot) && !any_display_left(sysroot, plan, device->group))
		text_add(line, "; %s is the only display that the host would have", device->slot);
	else if (device->boot_vga)
		text_add(line, "; %s is the boot display", device->slot);
	if (has_last_keyboard(sysroot, plan, device))
		text_add(line, "; %s has the only keyboard", device->slot);
}
