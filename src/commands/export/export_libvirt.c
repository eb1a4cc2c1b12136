/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <stdlib.h>

#include "../../host/printable.h"
#include "export.h"

/* Within an XML comment: no control characters, no "--" in it, and no "-" at its end. */
static void print_comment_text(const char *name)
{
	char *text = printable(name);
	const char *c;

	for (c = text; c && *c; c++) {
		if (*c == '-' && (c[1] == '-' || !c[1]))
			fputs("- ", stdout);
		else
			putchar(*c);
	}
	free(text);
}

static void print_comment(const struct export_function *function)
{
	printf("<!-- %s ", function->device->slot);
	print_comment_text(function->class_name);
	fputs(": ", stdout);
	print_comment_text(function->name);
	if (function->device->boot_vga)
		fputs("\n     The firmware's display: a guest that shows no picture may need a "
		      "copy of its ROM,\n     <rom file='...'/> below </source>",
		      stdout);
	fputs(" -->\n", stdout);
}

static void print_guest_address(const struct exports *exports,
				const struct export_function *function)
{
	const struct guest_place *place = &exports->place[function->card];

	printf("  <address type='pci' domain='0x0000' bus='0x%02x' slot='0x%02x' "
	       "function='0x%x'%s/>\n",
	       place->bus, place->slot, function->device->address.function,
	       function->first ? " multifunction='on'" : "");
}

void export_libvirt(const struct exports *exports)
{
	size_t i;

	for (i = 0; i < exports->count; i++) {
		const struct export_function *function = &exports->list[i];
		const struct pci_address *address = &function->device->address;

		print_comment(function);
		printf("<hostdev mode='subsystem' type='pci' managed='%s'>\n"
		       "  <source>\n"
		       "    <address domain='0x%04x' bus='0x%02x' slot='0x%02x' function='0x%x'/>\n"
		       "  </source>\n",
		       exports->managed ? "yes" : "no", address->domain, address->bus,
		       address->device, address->function);
		if (function->shared)
			print_guest_address(exports, function);
		printf("</hostdev>\n");
	}
}
