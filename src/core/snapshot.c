/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bus_list.h"
#include "compat.h"
#include "storage.h"
#include "text.h"

/* The first domain that vmd_find_free_domain() in drivers/pci/controller/vmd.c returns. */
#define VMD_DOMAIN 0x10000

/* One look at the machine, with everything that it depends on. */
struct look {
	struct snapshot *snapshot;
	int sys;
	const struct requests *requests;
	struct device_needs needs;
	bool every; /* every function must be looked at: only an exact slot is found by its name */
	bool group; /* all members of a group are being looked up */
	bool *listed; /* those that may be claimed, for bus_list_place(); NULL: any may be */
};

/* Returns true if an identified function belongs in the snapshot. */
typedef bool judge_device(const struct requests *requests, const struct device *device);

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

/* Returns where the function at @address is in the snapshot, or where it belongs. */
static size_t place_of(const struct snapshot *snapshot, const struct pci_address *address)
{
	size_t first = 0, end = snapshot->count, middle;

	while (first < end) {
		middle = (first + end) / 2;
		if (address_compare(&snapshot->devices[middle].address, address) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

static int add_device(struct snapshot *snapshot, const struct device *device, size_t place)
{
	struct device *at;

	if (array_add(&snapshot->devices, &snapshot->count, device, sizeof(*device)))
		return -ENOMEM;
	at = snapshot->devices + place;
	memmove(at + 1, at, (snapshot->count - 1 - place) * sizeof(*at));
	*at = *device;
	return 0;
}

static void add_needs(struct look *look, const struct selectors *selectors)
{
	const struct selector *selector;
	size_t i;

	for (i = 0; i < selectors->count; i++) {
		selector = &selectors->item[i];
		look->every |= selector->kind == SELECTOR_ID || selector->steps;
		look->needs.path |= selector->steps > 0;
		look->needs.slot_id |= selector->guarded && selector->wildcard;
		look->needs.boot_vga |= selector->kind == SELECTOR_BOOT_VGA;
	}
}

static void find_needs(struct look *look, enum depth depth)
{
	const struct requests *requests = look->requests;
	bool every;

	look->needs.deep = look->needs.boot_vga = depth == DEPTH_ALL;
	look->needs.group = look->needs.deep || requests->group;
	add_needs(look, &requests->claims);
	look->needs.claim_path = look->needs.path;
	every = look->every;
	add_needs(look, &requests->keeps);
	add_needs(look, &requests->force);
	add_needs(look, &requests->protected);
	look->every = every;
}

static bool is_meant(const struct requests *requests, const struct device *device)
{
	return device_first(&requests->claims, device, device_is_meant);
}

static bool is_protected(const struct requests *requests, const struct device *device)
{
	return device_first(&requests->protected, device, device_is_meant);
}

/*
 * Adds the function at @address if it exists, is new, and @judge, if not NULL, accepts it. A
 * missing function is not an error.
 */
static int look_up(const struct look *look, const struct pci_address *address, judge_device *judge)
{
	const size_t place = place_of(look->snapshot, address);
	struct device device;

	if (place < look->snapshot->count &&
	    !address_compare(&look->snapshot->devices[place].address, address)) {
		look->snapshot->devices[place].grouped = look->group;
		return 0;
	}
	if (look->listed && !look->listed[bus_list_place(address)])
		return 0;
	device_identify(&device, look->sys, address, &look->needs);
	if (judge ? !judge(look->requests, &device)
		  : !device.id_known && !pci_exists(look->sys, device.slot, ""))
		return 0;
	device_inspect(&device, look->sys, &look->needs);
	device.grouped = look->group;
	/*
	 * A device with a group proves that there is an IOMMU, and usually saves listing a
	 * directory.
	 */
	look->snapshot->iommu =
		look->snapshot->iommu || pci_exists(look->sys, device.slot, "iommu_group");
	return add_device(look->snapshot, &device, place);
}

/* Adds every function in the directory @path that @judge accepts, or all if it is NULL. */
static int look_through(const struct look *look, const char *path, judge_device *judge)
{
	struct pci_address address;
	DIR *dir = sysfs_open_dir(look->sys, path);
	const char *name;
	int error = 0;

	if (!dir)
		return -errno;
	while (!error && (name = sysfs_next_entry(dir)))
		if (address_parse(name, &address))
			error = look_up(look, &address, judge);
	closedir(dir);
	return error;
}

static int look_up_slot(const struct look *look, const struct selector *claim)
{
	struct pci_address address = claim->address;
	int error = 0;

	if (address.function != FUNCTION_ANY)
		return look_up(look, &address, NULL);
	for (address.function = 0; !error && address.function < 8; address.function++)
		error = look_up(look, &address, NULL);
	return error;
}

static int look_up_all(const struct look *look)
{
	const struct selectors *claims = &look->requests->claims;
	size_t i;
	int error = 0;

	for (i = 0; !error && i < claims->count; i++)
		error = look_up_slot(look, &claims->item[i]);
	return error;
}

static int look_at_one(const struct look *look, const char *name)
{
	struct pci_address address;

	if (!address_parse(name, &address))
		return 0;
	/* It may have joined the group of one that is named. */
	return look_up(look, &address, look->requests->group ? NULL : is_meant);
}

/* Returns only errors that are a reason to give up. */
static int only_memory(int error)
{
	return error == -ENOMEM ? error : 0;
}

/* The members of the groups of the functions that are named. */
static int add_neighbours(struct look *look)
{
	struct snapshot *snapshot = look->snapshot;
	struct device *named;
	struct text path;
	size_t i;
	int error = 0;

	look->group = true;
	/* Members are inserted among the others, in front of what is looked at or behind it. */
	for (i = 0; !error && i < snapshot->count; i++) {
		named = &snapshot->devices[i];
		if (!named->group[0] || named->grouped)
			continue;
		text_set(&path, "bus/pci/devices/%s/iommu_group/devices", named->slot);
		error = only_memory(look_through(look, path.data, NULL));
	}
	return error;
}

/* Returns true if a device is the twin of one that is protected, or that one, having moved. */
static bool any_twin_of_protected(const struct look *look)
{
	const struct snapshot *snapshot = look->snapshot;
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		if (device_first(&look->requests->protected, &snapshot->devices[i], device_is_twin))
			return true;
	return false;
}

/* Adds the devices in protected places if another device might be mistaken for one of them. */
static int add_protected(struct look *look)
{
	if (!any_twin_of_protected(look))
		return 0;
	look->needs.claim_path = true;
	return only_memory(look_through(look, "bus/pci/devices", is_protected));
}

bool claims_at_large(const struct requests *requests, const struct device *device)
{
	const struct selector *claim;
	bool any = false;
	size_t i;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (!device_matches(claim, device))
			continue;
		if (claim->kind != SELECTOR_ID && !selector_is_below(claim))
			return false;
		any = true;
	}
	return any;
}

/*
 * Returns true if claims by ID or by a bridge above, and no others, are about to take a controller
 * of disks from the system.
 */
static bool takes_storage_at_large(const struct requests *requests, const struct device *device)
{
	return storage_is_controller(&device->id) && claims_at_large(requests, device) &&
	       !device_first(&requests->keeps, device, device_matches) &&
	       !device_first(&requests->force, device, device_matches);
}

/*
 * Returns true if the root file system may be on a function. What is behind a VMD (domains from
 * 10000 on, drivers/pci/controller/vmd.c) goes where that goes.
 */
static bool may_be_for_root(const struct device *device)
{
	return device->id_known && storage_may_hold_root(&device->id) &&
	       device->address.domain < VMD_DOMAIN;
}

static bool stays(const struct requests *requests, const struct device *device)
{
	return !device_first(&requests->claims, device, device_matches) ||
	       device_first(&requests->keeps, device, device_matches);
}

/* Returns true if any function stays on which the root file system may be. */
static bool any_for_root(const struct look *look)
{
	struct device_needs needs = look->needs;
	struct pci_address address;
	struct device device;
	DIR *dir = sysfs_open_dir(look->sys, "bus/pci/devices");
	const char *name;
	bool any = !dir;

	needs.deep = false;
	needs.claim_path = needs.path || needs.claim_path;
	while (!any && (name = sysfs_next_entry(dir))) {
		if (!address_parse(name, &address))
			continue;
		device_identify(&device, look->sys, &address, &needs);
		if (!may_be_for_root(&device))
			continue;
		device_inspect(&device, look->sys, &needs);
		any = stays(look->requests, &device);
	}
	if (dir)
		closedir(dir);
	return any;
}

/* Returns true if the claims take everything that an unprotected root file system can be on. */
static bool takes_last_storage(const struct look *look)
{
	const struct snapshot *snapshot = look->snapshot;
	const struct requests *requests = look->requests;
	bool takes = false;
	size_t i;

	if (requests->listed || !requests->local_root)
		return false;
	for (i = 0; i < snapshot->count; i++)
		takes |= takes_storage_at_large(requests, &snapshot->devices[i]);
	return takes && !storage_off_pci(look->sys) && !any_for_root(look);
}

static int look_through_all(struct look *look)
{
	int error;

	look->listed = bus_list_find(look->sys, &look->requests->claims);
	error = look_through(look, "bus/pci/devices", is_meant);
	free(look->listed);
	look->listed = NULL;
	return error;
}

static int take(struct look *look, enum depth depth, const char *only)
{
	int error;

	if (only)
		error = look_at_one(look, only);
	else if (look->every)
		error = look_through_all(look);
	else
		error = look_up_all(look);
	if (!error && (depth == DEPTH_ALL || look->requests->group))
		error = add_neighbours(look);
	return error;
}

int snapshot_take(struct snapshot *snapshot, int sys, const struct requests *requests,
		  enum depth depth, const char *only)
{
	struct look look = { .snapshot = snapshot, .sys = sys, .requests = requests };
	int error;

	memset(snapshot, 0, sizeof(*snapshot));
	find_needs(&look, depth);
	error = take(&look, depth, only);
	if (!error)
		error = add_protected(&look);
	if (error) {
		snapshot_free(snapshot);
		return error;
	}
	snapshot->iommu = snapshot->iommu || any_iommu(sys);
	snapshot->last_storage = takes_last_storage(&look);
	return 0;
}

int snapshot_add_held(struct snapshot *snapshot, int sys, const struct requests *requests,
		      bool overrides)
{
	struct look look = { .snapshot = snapshot, .sys = sys, .requests = requests };
	const bool iommu = snapshot->iommu;
	size_t i;
	int error;

	find_needs(&look, DEPTH_ALL);
	error = only_memory(look_through(&look, "bus/pci/drivers/" VFIO_DRIVER, NULL));
	if (!error)
		error = add_protected(&look);
	/* Claims must not depend on what other programs did. */
	snapshot->iommu = iommu;
	/*
	 * Devices that a claim names are not read: the lock of a claimed device may be held for
	 * ever.
	 */
	for (i = 0; i < snapshot->count; i++)
		if (!is_meant(requests, &snapshot->devices[i]))
			device_inspect_held(&snapshot->devices[i], sys, overrides);
	return error;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->devices);
	memset(snapshot, 0, sizeof(*snapshot));
}
