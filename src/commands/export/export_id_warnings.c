/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export_id_warnings.c - what it means that a program chooses devices by their IDs, as nova and
 * KubeVirt do
 */
#include <string.h>

#include "../../host/messages.h"
#include "export.h"

static bool has_same_id(const struct device *a, const struct device *b)
{
	return a->id.vendor == b->id.vendor && a->id.device == b->id.device;
}

/* Returns true if several cards with the same first function have several functions here. */
static bool has_twin_cards(const struct exports *exports)
{
	const struct export_function *list = exports->list;
	size_t i, j;

	for (i = 0; i < exports->count; i++)
		for (j = 0; j < i; j++)
			if (list[i].shared && list[i].first && list[j].shared && list[j].first &&
			    has_same_id(list[i].device, list[j].device))
				return true;
	return false;
}

static void warn_of_mixing(const struct exports *exports, enum export_format format)
{
	if (has_twin_cards(exports))
		message_error(
			"note: there are several cards of one kind, and %s chooses each "
			"function by itself: a virtual machine may get functions of different "
			"cards, and then no other can have the rest of them",
			export_program(format));
}

/* KubeVirt's devices are IOMMU groups (pci_device.go, constructDPIdevices()). */
static void warn_of_same_group(const struct exports *exports)
{
	const struct device *a, *b;
	size_t i, j;

	for (i = 0; i < exports->count; i++) {
		for (j = 0; j < i; j++) {
			a = exports->list[i].device;
			b = exports->list[j].device;
			if (!a->group[0] || strcmp(a->group, b->group) != 0 || !has_same_id(a, b))
				continue;
			message_warning("%s and %s have the same ID and IOMMU group: KubeVirt "
					"offers only one of them",
					b->slot, a->slot);
			break;
		}
	}
}

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

static void warn_of_twins(const struct exports *exports, enum export_format format,
			  const struct pci_functions *functions)
{
	size_t i;

	for (i = 0; i < functions->count; i++) {
		const struct pci_function *row = &functions->list[i];

		if (!is_covered(exports, row) || is_exported(exports, row))
			continue;
		if (format == FORMAT_NOVA)
			message_warning("%s has an ID that is exported: nova will hand it out as "
					"well; to prevent that, use --by address",
					row->slot);
		else
			message_warning("%s has an ID that is exported: KubeVirt will offer it as "
					"well while it is on vfio-pci",
					row->slot);
	}
}

void export_warn_of_ids(const struct exports *exports, enum export_format format,
			const struct pci_functions *functions)
{
	if (format != FORMAT_NOVA && format != FORMAT_KUBEVIRT)
		return;
	if (format == FORMAT_KUBEVIRT)
		warn_of_same_group(exports);
	if (format == FORMAT_KUBEVIRT || exports->by_id)
		warn_of_twins(exports, format, functions);
	warn_of_mixing(exports, format);
}
