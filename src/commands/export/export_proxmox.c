/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../host/printable.h"
#include "../../host/sysroot_files.h"
#include "export.h"

/* hostpci0 to hostpci15 (qemu-server, PVE/QemuServer/PCI.pm). */
#define HOSTPCI_MAX 16

#define DISPLAY_CLASS 0x03

/* The functions that become one hostpciN. */
struct card {
	const struct export_function *first;
	size_t count;
	bool whole; /* all functions in its slot: written without function numbers */
};

/* Returns the card that begins at @list, which has @left functions left. */
static struct card card_at(const struct export_function *list, size_t left)
{
	struct card card = { .first = list, .count = 1 };

	while (list->shared && card.count < left && list[card.count].card == list->card)
		card.count++;
	card.whole = list->whole;
	return card;
}

/* Prints "0000:01:00" for a whole card, otherwise the slot of a function. */
static void print_slot(const struct export_function *function, bool whole)
{
	const char *slot = function->device->slot;

	printf("%.*s", (int)(whole ? strcspn(slot, ".") : strlen(slot)), slot);
}

/* Prints the functions of a card as one word for a shell. */
static void print_host(const struct card *card)
{
	bool list = !card->whole && card->count > 1;
	size_t i;

	fputs(list ? "'" : "", stdout);
	for (i = 0; i < (card->whole ? 1 : card->count); i++) {
		fputs(i ? ";" : "", stdout);
		print_slot(&card->first[i], card->whole);
	}
	fputs(list ? "'" : "", stdout);
}

static const char *display_option(const struct exports *exports,
				  const struct export_function *function)
{
	return exports->x_vga && function->device->id.class >> 16 == DISPLAY_CLASS ? ",x-vga=1"
										   : "";
}

/* Prints the name of a mapping, "pci-0000-01-00", which the user may change. */
static void print_name(const struct export_function *function, bool whole)
{
	const char *c;

	fputs("pci-", stdout);
	for (c = function->device->slot; *c && !(whole && *c == '.'); c++)
		putchar(*c == ':' || *c == '.' ? '-' : *c);
}

/* Prints ",subsystem-id=1462:3715" if the device has one; Proxmox VE then compares it. */
static void print_subsystem(const char *sysroot, const char *slot)
{
	char *vendor = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/subsystem_vendor", slot);
	char *device = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/subsystem_device", slot);

	if (vendor && device)
		printf(",subsystem-id=%04lx:%04lx", strtoul(vendor, NULL, 16) & 0xffff,
		       strtoul(device, NULL, 16) & 0xffff);
	free(vendor);
	free(device);
}

/*
 * Prints a mapping. If one mapping had several functions, all of them would have to have the same
 * ID (PVE/Mapping/PCI.pm, assert_valid()). So each function gets its own mapping, unless the whole
 * card is meant.
 */
static void print_mapping(const struct exports *exports, const struct export_function *function,
			  bool whole)
{
	const struct device *device = function->device;

	fputs("pvesh create /cluster/mapping/pci --id ", stdout);
	print_name(function, whole);
	printf(" --map node=%s,path=", exports->node);
	print_slot(function, whole);
	printf(",id=%04x:%04x", device->id.vendor & 0xffff, device->id.device & 0xffff);
	print_subsystem(exports->sysroot, device->slot);
	if (device->group[0])
		printf(",iommugroup=%s", device->group);
	putchar('\n');
}

static void print_direct(const struct exports *exports)
{
	struct card card;
	size_t i, number = 0;

	for (i = 0; i < exports->count; i += card.count) {
		card = card_at(&exports->list[i], exports->count - i);
		print_line("# %s %s: %s", card.first->device->slot, card.first->class_name,
			   card.first->name);
		printf("qm set VMID -hostpci%zu ", number++);
		print_host(&card);
		printf(",pcie=1%s\n", display_option(exports, card.first));
	}
}

static void print_mapped(const struct exports *exports)
{
	const struct export_function *function;
	size_t i, number = 0;

	for (i = 0; i < exports->count; i++) {
		function = &exports->list[i];
		if (function->whole && !function->first)
			continue;
		print_mapping(exports, function, function->whole);
		printf("qm set VMID -hostpci%zu mapping=", number++);
		print_name(function, function->whole);
		printf(",pcie=1%s\n", display_option(exports, function));
	}
	if (number > HOSTPCI_MAX)
		message_warning("a virtual machine has only hostpci0 to hostpci%d",
				HOSTPCI_MAX - 1);
}

void export_proxmox(const struct exports *exports)
{
	puts("# For a virtual machine of type q35; for i440fx leave pcie=1 out. VMID is its "
	     "number.");
	print_direct(exports);
	puts("# Or, under a name that the whole cluster knows:");
	print_mapped(exports);
}
