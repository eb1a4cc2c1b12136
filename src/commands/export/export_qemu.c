/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>

#include "export.h"

/* (chassis, slot) of a port must be unique; a guest's other ports begin at chassis 0. */
#define CHASSIS 100

/* The name of the object, which all devices share. */
#define IOMMUFD "vfio-iommufd"

/* QEMU's host= takes no higher domain. */
#define DOMAIN_MAX 0xffff

static void print_port(size_t card)
{
	printf("-device pcie-root-port,id=vfio-port%zu,bus=pcie.0,chassis=%d,slot=%zu\n", card,
	       CHASSIS, card);
}

void export_qemu(const struct exports *exports)
{
	size_t i;

	if (exports->iommufd)
		puts("-object iommufd,id=" IOMMUFD);
	for (i = 0; i < exports->count; i++) {
		const struct export_function *function = &exports->list[i];
		const struct device *device = function->device;

		if (function->first)
			print_port(function->card);
		printf("-device vfio-pci,%s%s%s,bus=vfio-port%zu,addr=00.%u%s\n",
		       device->address.domain > DOMAIN_MAX ? "sysfsdev=/sys/bus/pci/devices/"
							   : "host=",
		       device->slot, exports->iommufd ? ",iommufd=" IOMMUFD : "", function->card,
		       function->shared ? device->address.function : 0u,
		       function->shared && function->first ? ",multifunction=on" : "");
	}
}
