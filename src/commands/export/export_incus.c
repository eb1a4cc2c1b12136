/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "../../host/printable.h"
#include "export.h"

/* Prints the name of a device, "pci-0000-01-00-0", which the user may change. */
static void print_name(const char *slot)
{
	fputs("pci-", stdout);
	for (; *slot; slot++)
		putchar(*slot == ':' || *slot == '.' ? '-' : *slot);
}

void export_incus(const struct exports *exports)
{
	const struct export_function *function;
	size_t i;

	puts("# For a virtual machine of Incus that is stopped. INSTANCE is its name.");
	for (i = 0; i < exports->count; i++) {
		function = &exports->list[i];
		if (export_is_beyond(function))
			continue;
		print_line("# %s %s: %s", function->device->slot, function->class_name,
			   function->name);
		fputs("incus config device add INSTANCE ", stdout);
		print_name(function->device->slot);
		printf(" pci address=%s\n", function->device->slot);
	}
}
