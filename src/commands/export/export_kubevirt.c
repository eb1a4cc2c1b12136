/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "../../host/printable.h"
#include "export.h"

/* A qualified name, as Kubernetes wants it of an extended resource; the user may change it. */
#define RESOURCE "vfio-claim/%04x-%04x"

static bool is_alike(const struct export_function *a, const struct export_function *b)
{
	return a->device->id.vendor == b->device->id.vendor &&
	       a->device->id.device == b->device->id.device;
}

/* Returns true if an earlier one has the same ID, which makes it the same resource. */
static bool is_repeated(const struct exports *exports, size_t at)
{
	size_t i;

	for (i = 0; i < at; i++)
		if (!export_is_beyond(&exports->list[i]) &&
		    is_alike(&exports->list[i], &exports->list[at]))
			return true;
	return false;
}

static void print_resource(const struct device *device)
{
	printf("\"" RESOURCE "\"\n", device->id.vendor & 0xffff, device->id.device & 0xffff);
}

static void print_permitted(const struct export_function *function)
{
	const struct device *device = function->device;

	print_line("      # %s: %s", function->class_name, function->name);
	printf("      - pciVendorSelector: \"%04x:%04x\"\n", device->id.vendor & 0xffff,
	       device->id.device & 0xffff);
	fputs("        resourceName: ", stdout);
	print_resource(device);
}

/* The name is only the virtual machine's. */
static void print_wanted(const struct export_function *function)
{
	const char *c;

	fputs("          - name: pci-", stdout);
	for (c = function->device->slot; *c; c++)
		putchar(*c == ':' || *c == '.' ? '-' : *c);
	fputs("\n            deviceName: ", stdout);
	print_resource(function->device);
}

void export_kubevirt(const struct exports *exports)
{
	size_t i;

	print_line("# The node: vfio-claim enable '%s' (KubeVirt offers only what is on vfio-pci)",
		   exports->selectors);
	puts("# The cluster: add this with kubectl edit -n kubevirt kubevirt kubevirt\n"
	     "spec:\n"
	     "  configuration:\n"
	     "    developerConfiguration:\n"
	     "      featureGates:\n"
	     "      - HostDevices\n"
	     "    permittedHostDevices:\n"
	     "      pciHostDevices:");
	for (i = 0; i < exports->count; i++)
		if (!export_is_beyond(&exports->list[i]) && !is_repeated(exports, i))
			print_permitted(&exports->list[i]);
	puts("---\n"
	     "# The virtual machine (kind: VirtualMachine): add this\n"
	     "spec:\n"
	     "  template:\n"
	     "    spec:\n"
	     "      domain:\n"
	     "        devices:\n"
	     "          hostDevices:");
	for (i = 0; i < exports->count; i++)
		if (!export_is_beyond(&exports->list[i]))
			print_wanted(&exports->list[i]);
}
