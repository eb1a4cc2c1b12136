/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * domain_xml.h - reads where a virtual machine of libvirt has its PCI devices
 *
 * Relies on libvirt's formatdomain ("Controllers", "Device Addresses"): the controllers of type pci
 * have the numbers of the buses that they make, and each device has the address that libvirt gave
 * it. Pure: no file, no process.
 */
#ifndef VFIO_CLAIM_COMMANDS_EXPORT_DOMAIN_XML_H
#define VFIO_CLAIM_COMMANDS_EXPORT_DOMAIN_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../../core/selector.h"

#define GUEST_BUS_MAX  255
#define GUEST_SLOT_MAX 31

/* The PCI buses of a virtual machine. */
struct guest {
	bool conventional;            /* no PCI Express: devices are on bus 0 */
	bool port[GUEST_BUS_MAX + 1]; /* a root port, or one of a switch, leads to this bus */
	bool used[GUEST_BUS_MAX + 1]; /* something is on this bus */
	uint32_t slots;               /* those of bus 0 that are in use, a bit for each */
	unsigned int last;            /* the highest bus that it has or needs */
	struct pci_address *passed;   /* functions of the host that it has already; malloc(3) */
	size_t passed_count;
	char *name; /* its own; malloc(3), or NULL if it has none */
};

/* Where a card goes. */
struct guest_place {
	unsigned int bus, slot;
};

/*
 * Reads the XML of one domain, as virsh dumpxml prints it and /etc/libvirt/qemu/NAME.xml has it.
 * @guest: to be released with guest_free() whatever is returned. Returns 0, -EINVAL if @xml is not
 * the XML of a domain, or -ENOMEM.
 */
int guest_read(struct guest *guest, const char *xml);

/*
 * Finds a place for one more card, and takes it: the lowest port that leads to an empty bus;
 * without one the next bus, for which libvirt adds a port; in a conventional machine the lowest
 * free slot of bus 0. Returns false if there is none.
 */
bool guest_take_place(struct guest *guest, struct guest_place *place);

/* Returns true if the virtual machine has this function of the host already. */
bool guest_has(const struct guest *guest, const struct pci_address *address);

/* Frees what @guest owns; the struct is the caller's. */
void guest_free(struct guest *guest);

#endif
