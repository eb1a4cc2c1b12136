/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <string.h>

#include "text.h"

#define BASE_CLASS_NONE      0x00
#define BASE_CLASS_BRIDGE    0x06
#define CLASS_BRIDGE_PCI     0x0604
#define CLASS_BRIDGE_CARDBUS 0x0607

/* pci:v00001234d00001111sv00001AF4sd00001100bc03sc80i00 */
static bool parse_modalias(const char *alias, struct pci_id *id)
{
	enum { VENDOR, DEVICE, SUBVENDOR, SUBDEVICE, BASE, SUB, INTERFACE, FIELDS };
	static const char words[FIELDS][6] = { "pci:v", "d", "sv", "sd", "bc", "sc", "i" };
	uint32_t field[FIELDS];
	int i;

	for (i = 0; i < FIELDS; i++)
		if (!text_skip(&alias, words[i]) ||
		    !text_read_digits(&alias, i < BASE ? 8 : 2, &field[i]))
			return false;
	id->vendor = field[VENDOR];
	id->device = field[DEVICE];
	id->subvendor = field[SUBVENDOR];
	id->subdevice = field[SUBDEVICE];
	id->class = field[BASE] << 16 | field[SUB] << 8 | field[INTERFACE];
	return !*alias;
}

/* Stores the text, too, if @alias, of ALIAS_SIZE, is not NULL. */
static bool read_id(int sys, const char *slot, char *alias, struct pci_id *id)
{
	return pci_read(sys, slot, "modalias", alias, ALIAS_SIZE) > 0 && parse_modalias(alias, id);
}

static void name_slot(const struct pci_address *address, char *slot)
{
	struct text name;

	text_set(&name, "%04x:%02x:%02x.%u", address->domain, address->bus, address->device,
		 address->function);
	memcpy(slot, name.data, name.length + 1);
}

static void read_slot_id(struct device *device, int sys)
{
	struct pci_address address = device->address;
	char slot[SLOT_SIZE], alias[ALIAS_SIZE];

	address.function = 0;
	name_slot(&address, slot);
	read_id(sys, slot, alias, &device->slot_id);
}

void device_identify(struct device *device, int sys, const struct pci_address *address,
		     const struct device_needs *needs)
{
	memset(device, 0, sizeof(*device));
	device->address = *address;
	name_slot(address, device->slot);
	device->id_known = read_id(sys, device->slot, device->alias, &device->id);
	if (needs->claim_path)
		pci_path_of(sys, device->slot, device->path, sizeof(device->path));
}

/*
 * Finds out without reading config space, which can block, whether the header type is not 0: only
 * bridges have this attribute. Old kernels do not have it; there the class decides. (vfio-pci
 * refuses bridges, so one with another class is given back.)
 */
static bool is_bridge(const struct device *device, int sys)
{
	uint32_t class = device->id.class >> 8;

	if (class == CLASS_BRIDGE_PCI || class == CLASS_BRIDGE_CARDBUS)
		return true;
	return (class >> 8 == BASE_CLASS_BRIDGE || class >> 8 == BASE_CLASS_NONE) &&
	       pci_exists(sys, device->slot, "secondary_bus_number");
}

/* Returns true if a line of the group's regions ends in "direct"; "direct-relaxable" does no harm.
 */
static bool any_direct_region(int sys, const char *slot)
{
	char regions[4097]; /* a page, like any attribute */
	const char *c = regions;

	pci_read(sys, slot, "iommu_group/reserved_regions", regions, sizeof(regions));
	for (; (c = strchr(c, ' ')); c++)
		if (text_skip(&c, " direct") && (!*c || *c == '\n'))
			return true;
	return false;
}

static bool is_number_above_0(int sys, const char *slot, const char *attribute)
{
	char value[12];

	return pci_read(sys, slot, attribute, value, sizeof(value)) > 0 && strcmp(value, "0");
}

void device_inspect(struct device *device, int sys, const struct device_needs *needs)
{
	const char *slot = device->slot;

	device->bridge = is_bridge(device, sys);
	pci_link(sys, slot, "driver", device->driver);
	if (needs->group)
		pci_link(sys, slot, "iommu_group", device->group);
	if (needs->path && !needs->claim_path)
		pci_path_of(sys, slot, device->path, sizeof(device->path));
	if (needs->slot_id)
		read_slot_id(device, sys);
	if (needs->boot_vga)
		device->boot_vga = is_number_above_0(sys, slot, "boot_vga");
	if (!needs->deep)
		return;
	device->has_vfs = is_number_above_0(sys, slot, "sriov_numvfs");
	device->direct = device->group[0] && any_direct_region(sys, slot);
}

void device_inspect_held(struct device *device, int sys, bool overrides)
{
	char override[NAME_SIZE];

	device->held = !strcmp(device->driver, VFIO_DRIVER);
	if (!device->held)
		return;
	device->overridden = true;
	if (overrides) {
		pci_read(sys, device->slot, "driver_override", override, sizeof(override));
		device->overridden = !strcmp(override, VFIO_DRIVER);
	}
	pci_link(sys, device->slot, "physfn", device->pf);
}

bool device_is_meant(const struct selector *selector, const struct device *device)
{
	switch (selector->kind) {
	case SELECTOR_ID:
		return device->id_known && selector_matches_id(selector, &device->id);
	case SELECTOR_ADDRESS:
		return selector_matches_address(selector, &device->address, device->path);
	case SELECTOR_BOOT_VGA:
		return device->boot_vga;
	}
	return false;
}

bool device_matches(const struct selector *selector, const struct device *device)
{
	/* The guard of a whole card is about its function 0. */
	const struct pci_id *id = selector->wildcard ? &device->slot_id : &device->id;

	return device_is_meant(selector, device) && selector_guard_holds(selector, id);
}

bool device_is_twin(const struct selector *selector, const struct device *device)
{
	return selector->guarded && device->id_known &&
	       selector_guard_holds(selector, &device->id) && !device_is_meant(selector, device);
}

const struct selector *device_first(const struct selectors *selectors, const struct device *device,
				    device_matcher *matches)
{
	size_t i;

	for (i = 0; i < selectors->count; i++)
		if (matches(&selectors->item[i], device))
			return &selectors->item[i];
	return NULL;
}
