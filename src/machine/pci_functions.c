/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pci_functions.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pci/pci.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/options.h"
#include "../host/sysroot.h"

#define DEVICES "/sys/bus/pci/devices"

/* struct pci_access.error: libpci cannot go on when this returns. */
static void __attribute__((noreturn, format(printf, 1, 2))) fail(char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	/* That of a line it cannot read ends with a newline. */
	if (text)
		text[strcspn(text, "\n")] = '\0';
	message_error("the names of PCI devices cannot be read: %s", text ? text : "no memory");
	exit(EXIT_FAILED);
}

/* struct pci_access.warning: for a bus that libpci is not asked about. */
static void __attribute__((format(printf, 1, 2))) ignore(char *format, ...)
{
	(void)format;
}

/* Where the link @devices/SLOT leads, or the one in it that is called @link: a new string, or NULL.
 */
static char *read_link(int devices, const char *slot, const char *link)
{
	char target[PATH_MAX], path[64];
	ssize_t len;

	snprintf(path, sizeof(path), "%s%s", slot, link);
	len = readlinkat(devices, path, target, sizeof(target) - 1);
	if (len < 0)
		return NULL;
	target[len] = '\0';
	return strdup(target);
}

/* The last part of where the link leads, likewise. */
static char *link_name(int devices, const char *slot, const char *link)
{
	char *target = read_link(devices, slot, link),
	     *slash = target ? strrchr(target, '/') : NULL;

	if (slash)
		memmove(target, slash + 1, strlen(slash));
	return target;
}

/*
 * By the class, which is an attribute; the header type would have to be read from configuration
 * space. The ports of a switch are all alike and none of them can be claimed: no need to tell
 * them apart.
 */
static bool is_bridge(const struct pci_function *function)
{
	return function->class_id == PCI_CLASS_BRIDGE_PCI ||
	       function->class_id == PCI_CLASS_BRIDGE_CARDBUS;
}

/* Returns true if it is the firmware's display. */
static bool is_boot_vga(int devices, const struct pci_function *function)
{
	char path[64], value[4];

	if (function->class_id >> 8 != PCI_BASE_CLASS_DISPLAY)
		return false;
	snprintf(path, sizeof(path), "%s/boot_vga", function->slot);
	return sysfs_read(devices, path, value, sizeof(value)) > 0 && value[0] == '1';
}

/* An attribute of a function as a number, "0x144d"; -1 when it cannot be read. */
static long read_number(int devices, const char *slot, const char *attribute)
{
	char path[64], text[16];

	snprintf(path, sizeof(path), "%s/%s", slot, attribute);
	return sysfs_read(devices, path, text, sizeof(text)) > 0 ? strtol(text, NULL, 16) : -1;
}

/* Reads what identifies the function. Returns false if it cannot be read: it has been removed. */
static bool identify(int devices, struct pci_function *function)
{
	long vendor = read_number(devices, function->slot, "vendor");
	long device = read_number(devices, function->slot, "device");
	long class = read_number(devices, function->slot, "class");

	function->vendor_id = (uint16_t)vendor;
	function->device_id = (uint16_t)device;
	function->class_id = (uint16_t)(class >> 8);
	function->interface = (uint8_t) class;
	return vendor >= 0 && device >= 0 && class >= 0;
}

/* Reads the rest. Returns 0 or -ENOMEM. */
static int describe(struct pci_access *access, int devices, struct pci_function *function)
{
	char text[1024];

	/* MIXED: the number after the name, as `lspci -nn` prints it. */
	function->class_name =
		strdup(pci_lookup_name(access, text, sizeof(text),
				       PCI_LOOKUP_CLASS | PCI_LOOKUP_MIXED, function->class_id));
	function->name =
		strdup(pci_lookup_name(access, text, sizeof(text),
				       PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_MIXED,
				       function->vendor_id, function->device_id));
	function->group = link_name(devices, function->slot, "/iommu_group");
	function->driver = link_name(devices, function->slot, "/driver");
	function->path = read_link(devices, function->slot, "");
	function->bridge = is_bridge(function);
	function->boot_vga = is_boot_vga(devices, function);
	return function->class_name && function->name ? 0 : -ENOMEM;
}

static void free_function(struct pci_function *function)
{
	free(function->slot);
	free(function->class_name);
	free(function->name);
	free(function->group);
	free(function->driver);
	free(function->path);
}

/* Adds the function that sysfs calls @name, if it still is there. Returns 0 or -ENOMEM. */
static int add_function(struct pci_access *access, int devices, const char *name,
			struct pci_functions *functions)
{
	struct pci_function function = { 0 };
	int err = -ENOMEM;

	if (!address_parse(name, &function.address))
		return 0;
	function.slot = strdup(name);
	if (function.slot && !identify(devices, &function)) {
		free_function(&function);
		return 0;
	}
	if (function.slot)
		err = describe(access, devices, &function);
	if (!err)
		err = array_add(&functions->list, &functions->count, &function, sizeof(function));
	if (err)
		free_function(&function);
	return err;
}

/* For qsort(3): by address, as numbers. */
static int compare_slots(const void *left, const void *right)
{
	const struct pci_function *a = left, *b = right;

	return address_compare(&a->address, &b->address);
}

/* For qsort(3) of pointers: by vendor and device. */
static int compare_ids(const void *left, const void *right)
{
	const struct pci_function *a = *(const struct pci_function *const *)left;
	const struct pci_function *b = *(const struct pci_function *const *)right;

	if (a->vendor_id != b->vendor_id)
		return a->vendor_id < b->vendor_id ? -1 : 1;
	return a->device_id < b->device_id ? -1 : a->device_id > b->device_id;
}

/* Marks those whose ID others have too. Returns 0 or -ENOMEM. */
static int mark_twins(struct pci_functions *functions)
{
	struct pci_function **sorted = calloc(functions->count + 1, sizeof(struct pci_function *));
	size_t i, count = 0;

	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < functions->count; i++)
		if (!functions->list[i].bridge)
			sorted[count++] = &functions->list[i];
	qsort(sorted, count, sizeof(struct pci_function *), compare_ids);
	for (i = 1; i < count; i++)
		if (compare_ids(&sorted[i - 1], &sorted[i]) == 0)
			sorted[i - 1]->twin = sorted[i]->twin = true;
	free(sorted);
	return 0;
}

/* Adds all functions of the bus. Returns 0 or -ENOMEM. */
static int collect(struct pci_access *access, int devices, struct pci_functions *functions)
{
	DIR *dir = sysfs_open_dir(devices, ".");
	const char *name;
	int err = dir ? 0 : -errno;

	while (!err && dir && (name = sysfs_next_entry(dir)))
		err = add_function(access, devices, name, functions);
	if (dir)
		closedir(dir);
	if (err)
		return err;
	if (functions->count)
		qsort(functions->list, functions->count, sizeof(*functions->list), compare_slots);
	return mark_twins(functions);
}

/*
 * Sends libpci below the sysroot for its list of names, whose path depends on how it was built.
 * Names from udev's hwdb would be the host's. Returns 0 or a negative errno value.
 */
static int redirect(struct pci_access *access, const char *sysroot)
{
	char *names;

	access->id_lookup_mode = 0; /* no cache of names from the network */
	if (!sysroot[0])
		return 0;
	access->id_lookup_mode = PCI_LOOKUP_NO_HWDB;
	names = path_below(sysroot, access->id_file_name);
	if (!names)
		return -errno;
	pci_set_name_list_path(access, names, 1);
	return 0;
}

/* Reads the bus whose devices are in the directory @path. Returns 0 or a negative errno value. */
static int scan(const char *sysroot, const char *path, struct pci_functions *functions)
{
	int err, devices = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct pci_access *access;

	if (devices < 0)
		return -errno;
	access = pci_alloc();
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = fail;
	access->warning = ignore;
	err = redirect(access, sysroot);
	if (!err) {
		pci_init(access);
		err = collect(access, devices, functions);
	}
	pci_cleanup(access);
	close(devices);
	return err;
}

int pci_functions_read(const char *sysroot, struct pci_functions *functions)
{
	char *devices = path_below(sysroot, DEVICES);
	int err, result = -1;

	*functions = (struct pci_functions){ 0 };
	if (!devices) {
		message_errno(errno, "cannot resolve %s below %s", DEVICES, sysroot);
		return -1;
	}
	err = scan(sysroot, devices, functions);
	if (!err && functions->count)
		result = 0;
	else if (err && err != -ENOENT)
		message_errno(err, "the PCI bus cannot be read: %s", devices);
	else
		message_error(
			"there is no PCI device here: %s is %s; in a container or chroot, run "
			"this on the host or mount /sys",
			devices, err ? "not there" : "empty");
	free(devices);
	return result;
}

void pci_functions_free(struct pci_functions *functions)
{
	while (functions->count)
		free_function(&functions->list[--functions->count]);
	free(functions->list);
	functions->list = NULL;
}
