/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage.h"

#include <stddef.h>

#include "sysfs.h"
#include "text.h"

#define CLASS_STORAGE       0x01
#define CLASS_FIRST         0x00 /* from before there were classes */
#define CLASS_SD            0x0805
#define CLASS_SYSTEM_OTHER  0x0880 /* some readers of SD cards */
#define CLASS_CXL           0x0502
#define CLASS_FIREWIRE      0x0c00
#define CLASS_USB           0x0c03
#define CLASS_FIBRE_CHANNEL 0x0c04

bool storage_is_controller(const struct pci_id *id)
{
	return id->class >> 16 == CLASS_STORAGE || id->class >> 8 == CLASS_FIBRE_CHANNEL;
}

bool storage_may_hold_root(const struct pci_id *id)
{
	static const uint32_t others[] = { CLASS_SD, CLASS_SYSTEM_OTHER, CLASS_CXL, CLASS_FIREWIRE,
					   CLASS_USB };
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (id->class >> 8 == others[i])
			return true;
	return storage_is_controller(id) || id->class >> 16 == CLASS_FIRST;
}

/* Returns true if the directory at @path has an entry with one of @words in its name; NULL: any
 * entry. */
static bool has_entry(int sys, const char *path, const char *words)
{
	DIR *dir = sysfs_open_dir(sys, path);
	const char *name;
	bool any = false;

	if (!dir)
		return false;
	while (!any && (name = sysfs_next_entry(dir)))
		any = !words || text_has_one(name, words, true);
	closedir(dir);
	return any;
}

bool storage_off_pci(int sys)
{
	static const char buses[][6] = { "vmbus", "xen", "nd", "mmc", "ccw", "vio" };
	struct text path;
	size_t i;

	for (i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		text_set(&path, "bus/%s/devices", buses[i]);
		if (has_entry(sys, path.data, NULL))
			return true;
	}
	/* Devices that the firmware describes; LNRO0005 is virtio-mmio in ACPI. */
	return has_entry(sys, "bus/platform/devices",
			 "virtio LNRO0005 mmc sdhci sata ahci ufs usb nvme") ||
	       sysfs_exists(sys, "firmware/acpi/tables/NFIT");
}

bool storage_is_local_root(const char *value)
{
	text_skip(&value, "block:");
	return text_has_one(value, "/dev/ UUID= LABEL= PARTUUID= PARTLABEL= gpt-auto ZFS= zfs",
			    false) &&
	       !text_has_one(value, "/dev/nfs /dev/nbd /dev/ram", false);
}
