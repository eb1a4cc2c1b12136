/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compat.h"
#include "text.h"

/* Where a group is, there is an IOMMU: most often that spares listing a directory. */
static bool any_in_group(const struct snapshot *snapshot)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (snapshot->devices[i].in_group)
			return true;
	return false;
}

static bool any_iommu(int sys)
{
	DIR *dir = sysfs_open_dir(sys, "class/iommu");
	bool any;

	if (!dir)
		return false;
	any = sysfs_next_entry(dir);
	closedir(dir);
	return any;
}

/* Puts the device where it belongs in the order of addresses. */
static int add_device(struct snapshot *snapshot, const struct device *device)
{
	struct device *all = array_room(snapshot->devices, snapshot->count, sizeof(*all));
	size_t i;

	if (!all)
		return -ENOMEM;
	snapshot->devices = all;
	for (i = snapshot->count++; i && address_compare(&device->address, &all[i - 1].address) < 0;
	     i--)
		all[i] = all[i - 1];
	all[i] = *device;
	return 0;
}

/* Whether every function must be looked at: an exact slot can be looked up by its name. */
static bool needs_all(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->claims.count; i++)
		if (requests->claims.item[i].kind == SELECTOR_ID)
			return true;
	return false;
}

static bool wanted(const struct requests *requests, const struct device *device)
{
	size_t i;

	for (i = 0; i < requests->claims.count; i++)
		if (device_matches(&requests->claims.item[i], device))
			return true;
	return false;
}

/* Adds the function @name of the directory of all, when a claim names it. */
static int consider(struct snapshot *snapshot, int sys, const struct requests *requests,
		    const char *name)
{
	struct pci_address address;
	struct device device;

	if (!address_parse(name, &address))
		return 0;
	device_identify(&device, sys, &address);
	if (!wanted(requests, &device))
		return 0;
	device_inspect(&device, sys);
	return add_device(snapshot, &device);
}

static int scan_all(struct snapshot *snapshot, int sys, const struct requests *requests)
{
	DIR *dir = sysfs_open_dir(sys, "bus/pci/devices");
	const char *name;
	int error = 0;

	if (!dir)
		return -errno;
	while (!error && (name = sysfs_next_entry(dir)))
		error = consider(snapshot, sys, requests, name);
	closedir(dir);
	return error;
}

static bool has_address(const struct snapshot *snapshot, const struct pci_address *address)
{
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (!address_compare(&snapshot->devices[i].address, address))
			return true;
	return false;
}

/* Looks up one function by its address; that it is not there is no error. */
static int look_up(struct snapshot *snapshot, int sys, const struct pci_address *address)
{
	struct device device;

	if (has_address(snapshot, address))
		return 0;
	device_identify(&device, sys, address);
	if (!device.id_known && !pci_exists(sys, device.slot, ""))
		return 0;
	device_inspect(&device, sys);
	return add_device(snapshot, &device);
}

static int look_up_slot(struct snapshot *snapshot, int sys, const struct selector *claim)
{
	struct pci_address address = claim->address;
	int error = 0;

	if (address.function != FUNCTION_ANY)
		return look_up(snapshot, sys, &address);
	for (address.function = 0; !error && address.function < 8; address.function++)
		error = look_up(snapshot, sys, &address);
	return error;
}

static int look_up_all(struct snapshot *snapshot, int sys, const struct requests *requests)
{
	size_t i;
	int error = 0;

	for (i = 0; !error && i < requests->claims.count; i++)
		error = look_up_slot(snapshot, sys, &requests->claims.item[i]);
	return error;
}

int snapshot_take(struct snapshot *snapshot, int sys, const struct requests *requests)
{
	int error;

	memset(snapshot, 0, sizeof(*snapshot));
	error = needs_all(requests) ? scan_all(snapshot, sys, requests)
				    : look_up_all(snapshot, sys, requests);
	if (error) {
		snapshot_free(snapshot);
		return error;
	}
	snapshot->iommu = any_in_group(snapshot) || any_iommu(sys);
	return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->devices);
	memset(snapshot, 0, sizeof(*snapshot));
}
