/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "snapshot.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "compat.h"
#include "text.h"

#define CLASS_DISPLAY_VGA 0x0300

/* Config space: the header type's place, and the bit in it that only says "multifunction". */
#define HEADER_TYPE           0x0e
#define HEADER_MULTI_FUNCTION 0x80

static DIR *open_dir(int root, const char *path)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0)
		return NULL;
	dir = fdopendir(fd);
	if (!dir)
		close(fd);
	return dir;
}

/* The next entry but "." and ".."; NULL at the end. */
static const char *next_entry(DIR *dir)
{
	struct dirent *entry;

	do
		entry = readdir(dir);
	while (entry && entry->d_name[0] == '.');
	return entry ? entry->d_name : NULL;
}

static bool any_iommu(int root)
{
	DIR *dir = open_dir(root, "sys/class/iommu");
	bool any;

	if (!dir)
		return false;
	any = next_entry(dir);
	closedir(dir);
	return any;
}

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

static void read_id(int root, struct device *device)
{
	char alias[80];

	device->id_known = pci_read(root, device->slot, "modalias", alias, sizeof(alias)) > 0 &&
			   parse_modalias(alias, &device->id);
}

static void read_header_type(int root, struct device *device)
{
	unsigned char config[HEADER_TYPE + 1];

	device->header_known = pci_read_config(root, device->slot, config, sizeof(config));
	if (device->header_known)
		device->bridge = config[HEADER_TYPE] & ~HEADER_MULTI_FUNCTION;
}

/* What is only worth a system call for a function that a claim names. */
static void read_details(int root, struct device *device)
{
	char boot_vga[4];

	read_header_type(root, device);
	pci_link(root, device->slot, "driver", device->driver, sizeof(device->driver));
	device->in_group = pci_exists(root, device->slot, "iommu_group");
	if (device->id_known && device->id.class >> 8 == CLASS_DISPLAY_VGA)
		device->boot_vga =
			pci_read(root, device->slot, "boot_vga", boot_vga, sizeof(boot_vga)) > 0 &&
			boot_vga[0] == '1';
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

static int add_device(struct snapshot *snapshot, const struct device *device)
{
	struct device *all = array_room(snapshot->devices, snapshot->count, sizeof(*all));

	if (!all)
		return -ENOMEM;
	snapshot->devices = all;
	all[snapshot->count++] = *device;
	return 0;
}

static bool named_by(const struct selector *claim, const struct device *device)
{
	if (claim->kind == SELECTOR_SLOT)
		return selector_matches_address(claim, &device->address);
	return device->id_known && selector_matches_id(claim, &device->id);
}

static bool wanted(const struct requests *requests, const struct device *device)
{
	size_t i;

	for (i = 0; i < requests->claims.count; i++)
		if (named_by(&requests->claims.item[i], device))
			return true;
	return false;
}

/* Adds the function @name of the directory of all, when a claim names it. */
static int consider(struct snapshot *snapshot, int root, const struct requests *requests,
		    const char *name)
{
	struct device device = { .driver = "" };

	if (strlen(name) >= sizeof(device.slot) || !address_parse(name, &device.address))
		return 0;
	strcpy(device.slot, name);
	read_id(root, &device);
	if (!wanted(requests, &device))
		return 0;
	read_details(root, &device);
	return add_device(snapshot, &device);
}

static int scan_all(struct snapshot *snapshot, int root, const struct requests *requests)
{
	DIR *dir = open_dir(root, "sys/bus/pci/devices");
	const char *name;
	int error = 0;

	if (!dir)
		return -errno;
	while (!error && (name = next_entry(dir)))
		error = consider(snapshot, root, requests, name);
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

/* Looks up one function by its name; that it is not there is no error. */
static int look_up(struct snapshot *snapshot, int root, const struct pci_address *address)
{
	struct device device = { .address = *address, .driver = "" };

	if (has_address(snapshot, address))
		return 0;
	name_slot(address, device.slot);
	if (!pci_exists(root, device.slot, ""))
		return 0;
	read_id(root, &device);
	read_details(root, &device);
	return add_device(snapshot, &device);
}

static int look_up_slot(struct snapshot *snapshot, int root, const struct selector *claim)
{
	struct pci_address address = claim->address;
	int error = 0;

	if (address.function != FUNCTION_ANY)
		return look_up(snapshot, root, &address);
	for (address.function = 0; !error && address.function < 8; address.function++)
		error = look_up(snapshot, root, &address);
	return error;
}

static int look_up_all(struct snapshot *snapshot, int root, const struct requests *requests)
{
	size_t i;
	int error = 0;

	for (i = 0; !error && i < requests->claims.count; i++)
		error = look_up_slot(snapshot, root, &requests->claims.item[i]);
	return error;
}

static bool any_by_id(const struct requests *requests)
{
	size_t i;

	for (i = 0; i < requests->claims.count; i++)
		if (requests->claims.item[i].kind == SELECTOR_ID)
			return true;
	return false;
}

static int compare_devices(const void *a, const void *b)
{
	const struct device *left = a, *right = b;

	return address_compare(&left->address, &right->address);
}

int snapshot_take(struct snapshot *snapshot, int root, const struct requests *requests)
{
	int error;

	memset(snapshot, 0, sizeof(*snapshot));
	snapshot->iommu = any_iommu(root);
	error = any_by_id(requests) ? scan_all(snapshot, root, requests)
				    : look_up_all(snapshot, root, requests);
	if (error) {
		snapshot_free(snapshot);
		return error;
	}
	if (snapshot->count)
		qsort(snapshot->devices, snapshot->count, sizeof(*snapshot->devices),
		      compare_devices);
	return 0;
}

void snapshot_free(struct snapshot *snapshot)
{
	free(snapshot->devices);
	memset(snapshot, 0, sizeof(*snapshot));
}
