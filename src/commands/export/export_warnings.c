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

/* Proxmox VE would take it by its ID (pve-common, PVE/SysFSTools.pm, pci_dev_bind_to_vfio()). */
static void say_new_id(const struct about *about)
{
	message_warning(
		"%s %s not on vfio-pci now: Proxmox VE would bind %s when the virtual "
		"machine starts, and with %s every device with the same ID that has no driver; "
		"claim %s first",
		about->count == 1 ? about->first->slot : about->names,
		about->count == 1 ? "is" : "are", about->count == 1 ? "it" : "them",
		about->count == 1 ? "it" : "them", about->count == 1 ? "it" : "them");
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
			about->names, about->count == 1 ? "has" : "have",
			about->count == 1 ? "it" : "them", about->count == 1 ? "it" : "them");
}

static void warn_of_drivers(const struct exports *exports, enum export_format format)
{
	struct about bound = { 0 }, unbound = { 0 };
	const struct device *device;
	size_t i;

	for (i = 0; i < exports->count; i++) {
		device = exports->list[i].device;
		if (is_vfio_driver(device->driver))
			continue;
		add_device(device->driver[0] || format == FORMAT_PROXMOX ? &bound : &unbound,
			   device);
	}
	if (bound.count && format == FORMAT_PROXMOX)
		say_new_id(&bound);
	else if (bound.count)
		say_bound(&bound);
	if (unbound.count)
		say_unbound(&unbound);
	free(bound.names);
	free(unbound.names);
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

/* --- nova by IDs -------------------------------------------------------------------------------
 */

/* Returns true if an exported device has the same ID. */
static bool is_covered(const struct exports *exports, const struct pci_function *row)
{
	size_t i;

	for (i = 0; i < exports->count; i++)
		if (exports->list[i].device->id.vendor == row->vendor_id &&
		    exports->list[i].device->id.device == row->device_id)
			return true;
	return false;
}

static void warn_of_twins(const struct exports *exports, const struct pci_functions *functions)
{
	size_t i;

	for (i = 0; i < functions->count; i++) {
		const struct pci_function *row = &functions->list[i];

		if (is_covered(exports, row) && !is_exported(exports, row))
			message_warning("%s has an ID that is exported: nova will hand it out as "
					"well; to prevent that, use --by address",
					row->slot);
	}
}

void export_warn(const struct exports *exports, enum export_format format, const struct plan *plan,
		 const struct pci_functions *functions)
{
	size_t i;

	warn_of_devices(exports);
	if (format != FORMAT_LIBVIRT || !exports->managed)
		warn_of_drivers(exports, format);
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_NEIGHBOUR && !is_said(plan, i))
			warn_of_group(plan, i, format);
	if (format == FORMAT_NOVA && exports->by_id)
		warn_of_twins(exports, functions);
}
