/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reset.h"

#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "../host/sysroot_files.h"

#define DEVICES "/sys/bus/pci/devices"

/* Returns true if @method is one of the words of @methods. */
static bool has_method(const char *methods, const char *method)
{
	size_t len = strlen(method);
	const char *word = methods;

	while (*word) {
		if (strcspn(word, " ") == len && strncmp(word, method, len) == 0)
			return true;
		word += strcspn(word, " ");
		word += strspn(word, " ");
	}
	return false;
}

static enum reset_kind kind_of(const char *methods)
{
	static const char *const own[] = { "flr", "af_flr", "acpi", "device_specific", "cxl_bus" };
	size_t i;

	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (has_method(methods, own[i]))
			return RESET_OWN;
	return has_method(methods, "bus") ? RESET_BUS : RESET_POWER;
}

/* Adds the other functions on the bus of @slot. */
static void find_others(struct string_set *others, const char *sysroot, const char *slot)
{
	struct string_set slots = sysroot_list(sysroot, DEVICES);
	size_t bus = (size_t)(strrchr(slot, ':') - slot) + 1, i;

	for (i = 0; i < slots.count; i++)
		if (strncmp(slots.name[i], slot, bus) == 0 && strcmp(slots.name[i], slot) != 0 &&
		    !sysroot_has(sysroot, DEVICES "/%s/secondary_bus_number", slots.name[i]))
			string_set_add(others, slots.name[i]);
	string_set_free(&slots);
}

/* Returns true if it is on a root bus, which nothing resets: "/sys/devices/pci0000:00/SLOT". */
static bool is_on_root_bus(const char *sysroot, const char *slot)
{
	char *path = sysroot_real(sysroot, DEVICES "/%s", slot), *last, *parent;
	bool is = false;

	last = path ? strrchr(path, '/') : NULL;
	if (last) {
		*last = '\0';
		parent = strrchr(path, '/');
		is = parent && strncmp(parent, "/pci", 4) == 0;
	}
	free(path);
	return is;
}

void reset_find(struct reset *reset, const char *sysroot, const char *slot)
{
	*reset = (struct reset){ .kind = RESET_NONE };
	reset->methods = sysroot_read(sysroot, DEVICES "/%s/reset_method", slot);
	/* Empty: somebody has turned all of them off. */
	if (reset->methods && !reset->methods[0]) {
		free(reset->methods);
		reset->methods = NULL;
	} else if (!reset->methods && sysroot_has(sysroot, DEVICES "/%s/reset", slot)) {
		reset->kind = RESET_UNNAMED;
		return;
	}
	if (reset->methods)
		reset->kind = kind_of(reset->methods);
	if (reset->kind != RESET_NONE && reset->kind != RESET_BUS)
		return;
	if (!is_on_root_bus(sysroot, slot))
		find_others(&reset->others, sysroot, slot);
	if (reset->others.count)
		reset->kind = reset->methods && has_method(reset->methods, "pm") ? RESET_POWER
										 : RESET_TOGETHER;
}

void reset_free(struct reset *reset)
{
	free(reset->methods);
	string_set_free(&reset->others);
}
