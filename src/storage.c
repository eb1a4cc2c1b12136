/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storage.h"

#include <stddef.h>
#include <string.h>

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

/* Whether the directory at @path has an entry with one of @words in its name; NULL: any entry. */
static bool has_entry(int sys, const char *path, const char *const *words)
{
	DIR *dir = sysfs_open_dir(sys, path);
	const char *const *word;
	const char *name;
	bool any = false;

	if (!dir)
		return false;
	while (!any && (name = sysfs_next_entry(dir))) {
		any = !words;
		for (word = words; word && *word; word++)
			any |= strstr(name, *word) != NULL;
	}
	closedir(dir);
	return any;
}

bool storage_off_pci(int sys)
{
	static const char *const buses[] = { "vmbus", "xen", "nd", "mmc", "ccw", "vio" };
	/* Of devices that the firmware describes; LNRO0005 is virtio-mmio in ACPI. */
	static const char *const words[] = { "virtio", "LNRO0005", "mmc", "sdhci", "sata",
					     "ahci",   "ufs",      "usb", "nvme",  NULL };
	static const char *const tables[] = { "NFIT", NULL };
	struct text path;
	size_t i;

	for (i = 0; i < sizeof(buses) / sizeof(buses[0]); i++) {
		text_set(&path, "bus/%s/devices", buses[i]);
		if (has_entry(sys, path.data, NULL))
			return true;
	}
	return has_entry(sys, "bus/platform/devices", words) ||
	       has_entry(sys, "firmware/acpi/tables", tables);
}

bool storage_is_local_root(const char *value)
{
	static const char *const local[] = { "/dev/",      "UUID=",    "LABEL=", "PARTUUID=",
					     "PARTLABEL=", "gpt-auto", "ZFS=",   "zfs" };
	static const char *const remote[] = { "/dev/nfs", "/dev/nbd", "/dev/ram" };
	size_t i;

	text_skip(&value, "block:");
	for (i = 0; i < sizeof(remote) / sizeof(remote[0]); i++)
		if (!strncmp(value, remote[i], strlen(remote[i])))
			return false;
	for (i = 0; i < sizeof(local) / sizeof(local[0]); i++)
		if (!strncmp(value, local[i], strlen(local[i])))
			return true;
	return false;
}
