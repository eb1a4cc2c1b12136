/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_warnings.c - what would keep a virtual machine from starting with the exported devices:
 * one message for each fact, about all devices that it is true of
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/drivers.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "export.h"

/* The devices that a fact is about. */
struct about {
	const struct device *first;
	char *names; /* "0000:07:00.0 (nouveau), 0000:07:00.1"; malloc(3) */
	size_t count;
};

static void add_device(struct about *about, const struct device *device)
{
	char *names;

	if (asprintf(&names, "%s%s%s%s%s%s", about->count ? about->names : "",
		     about->count ? ", " : "", device->slot, device->driver[0] ? " (" : "",
		     device->driver, device->driver[0] ? ")" : "") < 0)
		return;
	free(about->names);
	about->names = names;
	if (!about->count++)
		about->first = device;
}

/* --- the exported devices ----------------------------------------------------------------------
 */

static const char *names(const struct about *about)
{
	return about->count == 1 ? about->first->slot : about->names;
}

static const char *is_or_are(const struct about *about)
{
	return about->count == 1 ? "is" : "are";
}

static const char *it_or_them(const struct about *about)
{
	return about->count == 1 ? "it" : "them";
}

/* Proxmox VE would take it by its ID (pve-common, PVE/SysFSTools.pm, pci_dev_bind_to_vfio()). */
static void say_new_id(const struct about *about)
{
	message_warning("%s %s not on vfio-pci now: Proxmox VE would bind %s when the virtual "
			"machine starts, and with %s every device with the same ID that has no "
			"driver; claim %s first",
			names(about), is_or_are(about), it_or_them(about), it_or_them(about),
			it_or_them(about));
}

/* Incus would take it from its driver (incus, internal/server/device/pci.go, Start()). */
static void say_taken(const struct about *about)
{
	message_warning("%s %s not on vfio-pci now: Incus would bind %s to vfio-pci when the "
			"virtual machine starts, and give %s back afterwards; claim %s first",
			names(about), is_or_are(about), it_or_them(about), it_or_them(about),
			it_or_them(about));
}

/* kubevirt, pkg/virt-handler/device-manager/pci_device.go, discoverPermittedHostPCIDevices(). */
static void say_not_offered(const struct about *about)
{
	message_warning("%s %s not on vfio-pci now: KubeVirt offers %s only on vfio-pci: claim %s",
			names(about), is_or_are(about), it_or_them(about), it_or_them(about));
}

static void say_bound(const struct about *about)
{
	if (about->count == 1)
		message_warning("%s is bound to %s now, not to vfio-pci: claim it before a "
				"virtual machine can have it",
				about->first->slot, about->first->driver);
	else
		message_warning("%s are not bound to vfio-pci now: claim them before a virtual "
				"machine can have them",
				about->names);
}

static void say_unbound(const struct about *about)
{
	message_warning("%s %s no driver now: claim %s before a virtual machine can have %s",
			about->names, about->count == 1 ? "has" : "have", it_or_them(about),
			it_or_them(about));
}

/* Returns true if a program of this format can use the device with the driver that it has. */
static bool is_ready(const struct device *device, enum export_format format)
{
	/* These two know no variant. */
	if (format == FORMAT_INCUS || format == FORMAT_KUBEVIRT)
		return strcmp(device->driver, VFIO_DRIVER) == 0;
	return is_vfio_driver(device->driver);
}

/* For programs that expect the devices to be on a vfio driver already. */
static void warn_of_drivers(const struct exports *exports)
{
	struct about bound = { 0 }, unbound = { 0 };
	const struct device *device;
	size_t i;

	for (i = 0; i < exports->count; i++) {
		device = exports->list[i].device;
		if (!is_vfio_driver(device->driver))
			add_device(device->driver[0] ? &bound : &unbound, device);
	}
	if (bound.count)
		say_bound(&bound);
	if (unbound.count)
		say_unbound(&unbound);
	free(bound.names);
	free(unbound.names);
}

/* For programs that do something about a device that is not on vfio-pci. */
static void warn_of_unready(const struct exports *exports, enum export_format format)
{
	struct about about = { 0 };
	size_t i;

	for (i = 0; i < exports->count; i++)
		if (!is_ready(exports->list[i].device, format))
			add_device(&about, exports->list[i].device);
	if (about.count && format == FORMAT_PROXMOX)
		say_new_id(&about);
	else if (about.count && format == FORMAT_INCUS)
		say_taken(&about);
	else if (about.count)
		say_not_offered(&about);
	free(about.names);
}

static void warn_by_format(const struct exports *exports, enum export_format format)
{
	switch (format) {
	case FORMAT_PROXMOX:
	case FORMAT_INCUS:
	case FORMAT_KUBEVIRT:
		warn_of_unready(exports, format);
		return;
	case FORMAT_LIBVIRT:
	case FORMAT_NOVA:
		if (exports->managed)
			return;
		break;
	default:
		break;
	}
	warn_of_drivers(exports);
}

static void warn_of_domains(const struct exports *exports, enum export_format format)
{
	struct about about = { 0 };
	size_t i;

	for (i = 0; i < exports->count; i++)
		if (export_is_beyond(&exports->list[i]))
			add_device(&about, exports->list[i].device);
	if (about.count)
		message_warning("%s %s left out: %s takes no device in a domain beyond ffff",
				names(&about), is_or_are(&about), export_program(format));
	free(about.names);
}

/* The virtual machine of --domain must not get them twice. */
static void warn_of_passed(const struct exports *exports)
{
	struct about about = { 0 };
	size_t i;

	for (i = 0; i < exports->count; i++)
		if (guest_has(&exports->guest, &exports->list[i].device->address))
			add_device(&about, exports->list[i].device);
	if (about.count)
		message_warning("the virtual machine has %s already: replace %s <hostdev> there",
				names(&about), about.count == 1 ? "its" : "their");
	free(about.names);
}

/*
 * A device on a vfio driver has such a file if the kernel can (drivers/vfio/device_cdev.c): the
 * attribute dev says its number.
 */
static bool has_cdev(const char *sysroot, const char *slot)
{
	struct string_set devices = sysroot_list(sysroot, "/sys/bus/pci/devices/%s/vfio-dev", slot);
	bool has = false;
	size_t i;

	for (i = 0; i < devices.count; i++)
		has |= sysroot_has(sysroot, "/sys/bus/pci/devices/%s/vfio-dev/%s/dev", slot,
				   devices.name[i]);
	string_set_free(&devices);
	return has;
}

static void warn_of_cdevs(const struct exports *exports)
{
	struct about about = { 0 };
	const struct device *device;
	size_t i;

	for (i = 0; i < exports->count; i++) {
		device = exports->list[i].device;
		if (is_vfio_driver(device->driver) && !has_cdev(exports->sysroot, device->slot))
			add_device(&about, device);
	}
	if (about.count)
		message_warning("%s %s no file in /dev/vfio/devices: --iommufd needs a kernel with "
				"CONFIG_IOMMUFD and CONFIG_VFIO_DEVICE_CDEV, Linux 6.6 or later",
				names(&about), about.count == 1 ? "has" : "have");
	free(about.names);
}

static void warn_of_devices(const struct exports *exports)
{
	const struct device *device;
	size_t i;

	for (i = 0; i < exports->count; i++) {
		device = exports->list[i].device;
		if (device->has_vfs)
			message_warning(
				"%s has its virtual functions enabled: vfio-pci does not take it",
				device->slot);
		if (device->direct)
			message_warning("%s: the firmware has reserved memory for it (RMRR), so it "
					"cannot be passed through",
					device->slot);
	}
}

/* --- the others of their IOMMU groups ----------------------------------------------------------
 */

static void say_new_id_of_group(const struct about *about)
{
	message_warning("%s share%s IOMMU group %s with these: when the virtual machine starts, "
			"Proxmox VE binds %s to vfio-pci as well, and every device with the same "
			"ID that has no driver then",
			about->count == 1 ? about->first->slot : about->names,
			about->count == 1 ? "s" : "", about->first->group,
			about->count == 1 ? "it" : "them");
}

static void say_blocked(const struct about *about)
{
	if (about->count == 1)
		message_warning(
			"%s shares IOMMU group %s with these and is not among them: while its "
			"driver %s has it, no virtual machine can have any of them",
			about->first->slot, about->first->group, about->first->driver);
	else
		message_warning(
			"%s share IOMMU group %s with these and are not among them: while their "
			"drivers have them, no virtual machine can have any of these",
			about->names, about->first->group);
}

static void say_idle(const struct about *about)
{
	message_error("note: %s share%s IOMMU group %s with these and %s not among them: no other "
		      "virtual machine can have %s while one has these",
		      about->count == 1 ? about->first->slot : about->names,
		      about->count == 1 ? "s" : "", about->first->group,
		      about->count == 1 ? "is" : "are", about->count == 1 ? "it" : "them");
}

/* Returns true if an earlier decision is about a neighbour in the same group. */
static bool is_said(const struct plan *plan, size_t number)
{
	size_t i;

	for (i = 0; i < number; i++)
		if (plan->decisions[i].verdict == VERDICT_NEIGHBOUR &&
		    strcmp(plan->decisions[i].device->group,
			   plan->decisions[number].device->group) == 0)
			return true;
	return false;
}

/* About the neighbours in the group of decision @number. */
static void warn_of_group(const struct plan *plan, size_t number, enum export_format format)
{
	struct about taken = { 0 }, blocking = { 0 }, idle = { 0 };
	const struct device *device;
	size_t i;

	for (i = number; i < plan->count; i++) {
		device = plan->decisions[i].device;
		if (plan->decisions[i].verdict != VERDICT_NEIGHBOUR ||
		    strcmp(device->group, plan->decisions[number].device->group) != 0)
			continue;
		if (format == FORMAT_PROXMOX && !is_vfio_driver(device->driver))
			add_device(&taken, device);
		else
			add_device(driver_leaves_group(device->driver) ? &idle : &blocking, device);
	}
	if (taken.count)
		say_new_id_of_group(&taken);
	if (blocking.count)
		say_blocked(&blocking);
	if (idle.count)
		say_idle(&idle);
	free(taken.names);
	free(blocking.names);
	free(idle.names);
}

void export_warn(const struct exports *exports, enum export_format format, const struct plan *plan,
		 const struct pci_functions *functions)
{
	size_t i;

	warn_of_devices(exports);
	if (export_is_narrow(format))
		warn_of_domains(exports, format);
	warn_by_format(exports, format);
	if (format == FORMAT_QEMU && exports->iommufd)
		warn_of_cdevs(exports);
	warn_of_passed(exports);
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_NEIGHBOUR && !is_said(plan, i))
			warn_of_group(plan, i, format);
	export_warn_of_ids(exports, format, functions);
}
