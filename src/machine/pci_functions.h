/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_functions.h - the PCI functions of a machine for a person to read, by libpci and sysfs
 */
#ifndef VFIO_CLAIM_MACHINE_PCI_FUNCTIONS_H
#define VFIO_CLAIM_MACHINE_PCI_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../core/selector.h"

/* One function. The strings are from malloc(3). */
struct pci_function {
	struct pci_address address;
	uint16_t vendor_id, device_id, class_id;
	uint8_t interface; /* the programming interface, the last two digits of a class */
	bool twin;         /* another function that is no bridge has the same vendor:device */
	bool bridge;       /* by its class */
	bool boot_vga;     /* the firmware's display */
	char *slot;        /* as sysfs names it, 0000:01:00.0 */
	char *class_name;  /* "VGA compatible controller [0300]", likewise as lspci -nn has it */
	char *name;        /* vendor, device and "[vvvv:dddd]", as lspci -nn has it */
	char *group;       /* number of its IOMMU group, NULL when it is in none */
	char *driver;      /* the driver it is bound to, NULL for none */
	char *path;        /* its device path: ends in "/pci0000:00/0000:00:01.0/SLOT" */
};

struct pci_functions {
	size_t count;
	struct pci_function *list; /* by domain, bus, device, function */
};

/*
 * Reads every function of the bus and looks the names up in pci.ids. Leaves out one that is removed
 * meanwhile. Reads attributes only, never configuration space: that would wake a card that sleeps
 * in D3cold.
 * @sysroot: see path_below(); pci.ids, too, is read below it.
 * @functions: to be released with pci_functions_free() whatever is returned.
 * Returns 0, or -1 after printing an error (no PCI device, no memory). A list of names that cannot
 * be parsed ends the program with EXIT_FAILED after an error: libpci's error hook must not return
 * (struct pci_access in pci/pci.h).
 */
int pci_functions_read(const char *sysroot, struct pci_functions *functions);

/* Frees the list and its strings; the struct itself is the caller's. */
void pci_functions_free(struct pci_functions *functions);

#endif
