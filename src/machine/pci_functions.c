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

#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/options.h"
#include "../host/sysroot.h"

#define SYS_BUS_PCI "/sys/bus/pci"

/* libpci's texts have no prefix; that of a line it cannot read ends with a newline. */
static void __attribute__((format(printf, 1, 0))) complain_libpci(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		return;
	text[strcspn(text, "\n")] = '\0';
	complain("the PCI bus cannot be read: %s", text);
	free(text);
}

/* struct pci_access.error: libpci cannot go on when this returns. */
static void __attribute__((noreturn, format(printf, 1, 2))) fail(char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain_libpci(format, args);
	va_end(args);
	exit(EXIT_FAILED);
}

/* struct pci_access.warning. */
static void __attribute__((format(printf, 1, 2))) warn(char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain_libpci(format, args);
	va_end(args);
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

/* Whether the firmware draws on it; only displays are asked. */
static bool is_boot_vga(int devices, const struct pci_function *function)
{
	char path[64], value[4];

	if (function->class_id >> 8 != PCI_BASE_CLASS_DISPLAY)
		return false;
	snprintf(path, sizeof(path), "%s/boot_vga", function->slot);
	return sysfs_read(devices, path, value, sizeof(value)) > 0 && value[0] == '1';
}

/* Fills @function from @dev, which libpci has scanned. Gives 0 or -ENOMEM. */
static int describe(struct pci_access *access, struct pci_dev *dev, int devices,
		    struct pci_function *function)
{
	char text[1024];

	pci_fill_info(dev, PCI_FILL_IDENT | PCI_FILL_CLASS);
	function->address = (struct pci_address){
		.domain = (uint32_t)dev->domain, /* domain_16 is 0xffff for those beyond */
		.bus = dev->bus,
		.device = dev->dev,
		.function = dev->func,
	};
	function->vendor_id = dev->vendor_id;
	function->device_id = dev->device_id;
	function->class_id = dev->device_class;
	if (asprintf(&function->slot, "%04x:%02x:%02x.%d", function->address.domain, dev->bus,
		     dev->dev, dev->func) < 0) {
		function->slot = NULL;
		return -ENOMEM;
	}
	/* MIXED: the number behind the name, as `lspci -nn` has it. */
	function->class_name =
		strdup(pci_lookup_name(access, text, sizeof(text),
				       PCI_LOOKUP_CLASS | PCI_LOOKUP_MIXED, dev->device_class));
	function->name =
		strdup(pci_lookup_name(access, text, sizeof(text),
				       PCI_LOOKUP_VENDOR | PCI_LOOKUP_DEVICE | PCI_LOOKUP_MIXED,
				       dev->vendor_id, dev->device_id));
	function->group = link_name(devices, function->slot, "/iommu_group");
	function->driver = link_name(devices, function->slot, "/driver");
	function->path = read_link(devices, function->slot, "");
	function->bridge = is_bridge(function);
	function->boot_vga = is_boot_vga(devices, function);
	return function->class_name && function->name ? 0 : -ENOMEM;
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

/* Marks those that an ID would name together with others. Gives 0 or -ENOMEM. */
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

/* Describes all that libpci has found. Gives 0 or -ENOMEM. */
static int collect(struct pci_access *access, int devices, struct pci_functions *functions)
{
	struct pci_dev *dev;
	size_t count = 0;
	int err;

	for (dev = access->devices; dev; dev = dev->next)
		count++;
	functions->list = calloc(count ? count : 1, sizeof(*functions->list));
	if (!functions->list)
		return -ENOMEM;
	for (dev = access->devices; dev; dev = dev->next) {
		err = describe(access, dev, devices, &functions->list[functions->count++]);
		if (err)
			return err;
	}
	qsort(functions->list, functions->count, sizeof(*functions->list), compare_slots);
	return mark_twins(functions);
}

/*
 * Sends libpci below the sysroot for everything: the bus, and its list of names, whose path is a
 * matter of how it was built. Names from udev's hwdb would be the host's.
 * Gives 0 or a negative errno value.
 */
static int redirect(struct pci_access *access, const char *sysroot, char *bus)
{
	char *names;

	access->id_lookup_mode = 0; /* no cache of names from the network */
	if (pci_set_param(access, "sysfs.path", bus) < 0)
		return -EINVAL;
	if (!sysroot[0])
		return 0;
	access->id_lookup_mode = PCI_LOOKUP_NO_HWDB;
	names = path_below(sysroot, access->id_file_name);
	if (!names)
		return -errno;
	pci_set_name_list_path(access, names, 1);
	return 0;
}

/*
 * Reads the bus below @bus, SYSROOT/sys/bus/pci; @path is of its devices. Gives 0 or a negative
 * errno value.
 */
static int scan(const char *sysroot, char *bus, const char *path, struct pci_functions *functions)
{
	int err, devices = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct pci_access *access;

	if (devices < 0)
		return -errno;
	access = pci_alloc();

	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = fail;
	access->warning = warn;
	err = redirect(access, sysroot, bus);
	if (!err) {
		pci_init(access);
		pci_scan_bus(access);
		err = collect(access, devices, functions);
	}
	pci_cleanup(access);
	close(devices);
	return err;
}

/* Whether there is anything in a directory. */
static bool has_entries(const char *sysroot, const char *path)
{
	char *real = path_below(sysroot, path);
	DIR *dir = real ? sysfs_open_dir(AT_FDCWD, real) : NULL;
	bool has = dir && sysfs_next_entry(dir);

	if (dir)
		closedir(dir);
	free(real);
	return has;
}

int pci_functions_read(const char *sysroot, struct pci_functions *functions)
{
	char *bus, *devices;
	int err, result = -1;

	*functions = (struct pci_functions){ 0 };
	bus = path_below(sysroot, SYS_BUS_PCI);
	devices = path_below(sysroot, SYS_BUS_PCI "/devices");
	if (!bus || !devices) {
		complain_errno(errno, "cannot find the way to %s%s", sysroot, SYS_BUS_PCI);
		goto out;
	}
	if (!has_entries(sysroot, SYS_BUS_PCI "/devices")) {
		complain(
			"there is no PCI device here: %s is %s; in a container or chroot, run this "
			"on the host or mount /sys",
			devices, is_directory(devices) ? "empty" : "not there");
		goto out;
	}
	err = scan(sysroot, bus, devices, functions);
	if (err)
		complain_errno(err, "the PCI bus below %s cannot be read", bus);
	else
		result = 0;
out:
	free(devices);
	free(bus);
	return result;
}

void pci_functions_free(struct pci_functions *functions)
{
	while (functions->count) {
		struct pci_function *function = &functions->list[--functions->count];

		free(function->slot);
		free(function->class_name);
		free(function->name);
		free(function->group);
		free(function->driver);
		free(function->path);
	}
	free(functions->list);
	functions->list = NULL;
}
