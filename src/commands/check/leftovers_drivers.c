/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_drivers.c - drivers that are blacklisted: if the claim of a device fails, it has no
 * driver to go back to. That does not matter if another driver has the device (nvidia's own, with
 * nouveau blacklisted) or could have it.
 */
#include <libkmod.h>
#include <string.h>

#include "../../core/text.h"
#include "../../image/modprobe_conf.h"
#include "leftovers.h"

/* Drivers that guides blacklist, and the devices they drive, in case the kernel does not have them.
 */
static const struct known {
	const char *module;
	uint32_t vendor;  /* PCI_ANY for all */
	uint32_t classes; /* with the mask below */
	uint32_t mask;
} known[] = {
	{ "nouveau", 0x10de, 0x030000, 0xff0000 },
	{ "nova_core", 0x10de, 0x030000, 0xff0000 },
	{ "nvidia", 0x10de, 0x030000, 0xff0000 },
	{ "nvidia_drm", 0x10de, 0x030000, 0xff0000 },
	{ "nvidia_modeset", 0x10de, 0x030000, 0xff0000 },
	{ "nvidia_uvm", 0x10de, 0x030000, 0xff0000 },
	{ "amdgpu", 0x1002, 0x030000, 0xff0000 },
	{ "radeon", 0x1002, 0x030000, 0xff0000 },
	{ "i915", 0x8086, 0x030000, 0xff0000 },
	{ "xe", 0x8086, 0x030000, 0xff0000 },
	{ "snd_hda_intel", PCI_ANY, 0x040300, 0xffff00 },
	{ "xhci_pci", PCI_ANY, 0x0c0330, 0xffffff },
	{ "nvme", PCI_ANY, 0x010802, 0xffffff },
	{ "ahci", PCI_ANY, 0x010601, 0xffffff },
};

#define KNOWN_COUNT (sizeof(known) / sizeof(known[0]))

static const struct known *find_known(const char *module)
{
	size_t i;

	for (i = 0; i < KNOWN_COUNT; i++)
		if (strcmp(known[i].module, module) == 0)
			return &known[i];
	return NULL;
}

/* Returns the modules that the kernel has for a device, with underscores. */
static struct string_set find_modules(const struct leftovers *leftovers,
				      const struct device *device)
{
	struct kmod_list *list = NULL, *item;
	struct string_set modules = { 0 };
	struct kmod_module *module;

	if (!leftovers->kernel_is_open ||
	    kmod_module_new_from_lookup(leftovers->kernel.kmod, device->alias, &list) < 0)
		return modules;
	kmod_list_foreach(item, list)
	{
		module = kmod_module_get_module(item);
		string_set_add(&modules, kmod_module_get_name(module));
		kmod_module_unref(module);
	}
	kmod_module_unref_list(list);
	return modules;
}

/* Returns true if it has a driver now other than @module, those of vfio, and pci-stub. */
static bool has_other_driver(const struct device *device, const char *module)
{
	char driver[NAME_SIZE];

	return device->driver[0] && !strstr(device->driver, "vfio") &&
	       strcmp(device->driver, "pci-stub") != 0 &&
	       module_name(driver, sizeof(driver), device->driver) && strcmp(driver, module) != 0;
}

/* Returns true if @module drives the device, and all others that do are blacklisted, too. */
static bool needs(const struct leftovers *leftovers, const struct device *device,
		  const char *module)
{
	struct string_set modules = find_modules(leftovers, device);
	const struct known *entry = find_known(module);
	bool is_for = string_set_have(&modules, module), others = false;
	size_t i;

	for (i = 0; i < modules.count; i++)
		others |= !string_set_have(&leftovers->blacklist, modules.name[i]);
	string_set_free(&modules);
	if (!is_for && entry)
		is_for = (entry->vendor == PCI_ANY || entry->vendor == device->id.vendor) &&
			 (device->id.class & entry->mask) == entry->classes;
	return is_for && !others;
}

/* Distributions blacklist the drivers of old framebuffers. */
static bool is_framebuffer(const char *module)
{
	size_t len = strlen(module);

	return len > 2 && strcmp(module + len - 2, "fb") == 0;
}

/* Lists the devices that have no driver without @module; names those that are missed. */
static void find_missed(struct leftovers *leftovers, const char *module, struct text *slots)
{
	struct leftover_device *entry;
	const struct device *device;
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		entry = &leftovers->device[i];
		device = &entry->device;
		if (has_other_driver(device, module) || !needs(leftovers, device, module))
			continue;
		entry->named |= leftover_is_missed(entry);
		if (!strstr(slots->data, device->slot))
			text_add(slots, "%s%s", slots->length ? ", " : "", device->slot);
	}
}

bool leftover_blacklist(struct leftovers *leftovers, const struct leftover_place *place,
			const struct string_set *modules, const char *what)
{
	struct text slots = { 0 };
	bool usual = false;
	size_t i;

	for (i = 0; i < modules->count; i++) {
		if (is_framebuffer(modules->name[i]))
			continue;
		usual |= find_known(modules->name[i]) != NULL;
		find_missed(leftovers, modules->name[i], &slots);
	}
	if (slots.length)
		leftover_found(
			leftovers, place, LEVEL_WARNING,
			"'%s' leaves %s without a driver if not claimed, or if the claim fails",
			what, slots.data);
	else if (usual)
		leftover_found(leftovers, place, LEVEL_OK,
			       "'%s' keeps no device of this machine from its driver", what);
	return slots.length || usual;
}
