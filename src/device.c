/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include <string.h>

#include "text.h"

#define CLASS_DISPLAY_VGA    0x0300
#define BASE_CLASS_NONE      0x00
#define BASE_CLASS_BRIDGE    0x06
#define CLASS_BRIDGE_PCI     0x0604
#define CLASS_BRIDGE_CARDBUS 0x0607

/* Longest modalias: "pci:" and 57 characters, with room to see that one is longer. */
#define ALIAS_SIZE 80

/* One field of a modalias: @word, then so many hexadecimal digits. */
static bool read_field(const char **alias, const char *word, int digits, uint32_t *value)
{
	return text_skip(alias, word) && text_read_digits(alias, digits, value);
}

/* pci:v00001234d00001111sv00001AF4sd00001100bc03sc80i00 */
static bool parse_modalias(const char *alias, struct pci_id *id)
{
	uint32_t base, sub, interface;

	if (!read_field(&alias, "pci:v", 8, &id->vendor) ||
	    !read_field(&alias, "d", 8, &id->device) ||
	    !read_field(&alias, "sv", 8, &id->subvendor) ||
	    !read_field(&alias, "sd", 8, &id->subdevice) || !read_field(&alias, "bc", 2, &base) ||
	    !read_field(&alias, "sc", 2, &sub) || !read_field(&alias, "i", 2, &interface))
		return false;
	id->class = base << 16 | sub << 8 | interface;
	return !*alias;
}

static void name_slot(const struct pci_address *address, char *slot)
{
	struct text name;

	text_clear(&name);
	text_hex(&name, address->domain, 4);
	text_add(&name, ":", NULL);
	text_hex(&name, address->bus, 2);
	text_add(&name, ":", NULL);
	text_hex(&name, address->device, 2);
	text_add(&name, ".", NULL);
	text_number(&name, address->function);
	memcpy(slot, name.data, name.length + 1);
}

void device_identify(struct device *device, int sys, const struct pci_address *address)
{
	char alias[ALIAS_SIZE];

	memset(device, 0, sizeof(*device));
	device->address = *address;
	name_slot(address, device->slot);
	device->id_known = pci_read(sys, device->slot, "modalias", alias, sizeof(alias)) > 0 &&
			   parse_modalias(alias, &device->id);
}

/*
 * A header type that is not 0, told without reading config space, which can block: the attribute is
 * only there for bridges, but not yet in old kernels; there the class must do. (vfio-pci itself
 * refuses every bridge, so one that calls itself something else is given back.)
 */
static bool is_bridge(const struct device *device, int sys)
{
	uint32_t class = device->id.class >> 8;

	if (class == CLASS_BRIDGE_PCI || class == CLASS_BRIDGE_CARDBUS)
		return true;
	return (class >> 8 == BASE_CLASS_BRIDGE || class >> 8 == BASE_CLASS_NONE) &&
	       pci_exists(sys, device->slot, "secondary_bus_number");
}

static bool is_boot_vga(const struct device *device, int sys)
{
	char value[4];

	return device->id.class >> 8 == CLASS_DISPLAY_VGA &&
	       pci_read(sys, device->slot, "boot_vga", value, sizeof(value)) > 0 && value[0] == '1';
}

void device_inspect(struct device *device, int sys)
{
	char group[2]; /* only whether there is one matters */

	device->bridge = is_bridge(device, sys);
	device->boot_vga = is_boot_vga(device, sys);
	device->in_group = pci_link(sys, device->slot, "iommu_group", group, sizeof(group));
	pci_link(sys, device->slot, "driver", device->driver, sizeof(device->driver));
}

bool device_matches(const struct selector *selector, const struct device *device)
{
	switch (selector->kind) {
	case SELECTOR_ID:
		return device->id_known && selector_matches_id(selector, &device->id);
	case SELECTOR_ADDRESS:
		return selector_matches_address(selector, &device->address);
	case SELECTOR_BOOT_VGA:
		return device->boot_vga;
	}
	return false;
}
