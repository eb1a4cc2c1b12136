/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export.h - the functions that vfio-claim export writes, and its formats
 */
#ifndef VFIO_CLAIM_COMMANDS_EXPORT_EXPORT_H
#define VFIO_CLAIM_COMMANDS_EXPORT_EXPORT_H

#include <stdbool.h>
#include <stddef.h>

#include "../../core/decide.h"
#include "../../core/device.h"
#include "../../machine/pci_functions.h"
#include "domain_xml.h"

enum export_format {
	FORMAT_NONE,
	FORMAT_LIBVIRT,
	FORMAT_QEMU,
	FORMAT_NOVA,
	FORMAT_PROXMOX,
	FORMAT_INCUS,
	FORMAT_KUBEVIRT,
};

/* One function. */
struct export_function {
	const struct device *device; /* belongs to the selection */
	const char *class_name;      /* belongs to the table of all functions, as does the next */
	const char *name;            /* vendor, device and "[vvvv:dddd]" */
	bool virtual;                /* of an SR-IOV device */
	bool physical;               /* an SR-IOV device that could have virtual ones */
	size_t card; /* functions with the same number share a slot of the guest; from 0 */
	bool first;  /* of its card */
	bool shared; /* its card has more of them */
	bool whole;  /* all functions in its slot are exported, 0 among them */
};

/* All of them, sorted by address, and how to write them. */
struct exports {
	struct export_function *list;
	size_t count;
	size_t shared_cards; /* how many have several functions here; their numbers come first */
	bool managed;        /* libvirt, nova: libvirt takes the device from its driver and gives it
				back */
	struct guest guest;  /* libvirt: of --domain; else empty */
	struct guest_place
		*place;        /* libvirt: where in the guest these cards go, by their numbers */
	bool iommufd;          /* qemu: by /dev/iommu instead of the group's file */
	bool by_id;            /* nova: any device with the ID, wherever it is */
	bool x_vga;            /* proxmox: displays are the guest's only ones */
	char *node;            /* proxmox: the name of this node */
	const char *selectors; /* what was asked for, "SEL,SEL" */
	const char *sysroot;
};

/*
 * Prints <hostdev> elements for libvirt (formatdomain, "Host device assignment"). Functions of one
 * card share a slot of the guest and keep their numbers; libvirt places a function alone.
 */
void export_libvirt(const struct exports *exports);

/*
 * Prints arguments for QEMU, a root port for each card, separated by white space. With
 * exports->iommufd those for the kernel's newer interface (QEMU, docs/devel/vfio-iommufd.rst).
 */
void export_qemu(const struct exports *exports);

/*
 * Prints commands for Proxmox VE: hostpciN of qm(1), the card with its functions; and mappings of
 * the cluster (qemu-server, PVE/QemuServer/PCI.pm; pve-guest-common, PVE/Mapping/PCI.pm).
 */
void export_proxmox(const struct exports *exports);

/*
 * Prints the [pci] section of nova.conf (nova/conf/pci.py; the aliases' schema is in
 * nova/pci/request.py). Returns 0 or -ENOMEM.
 */
int export_nova(const struct exports *exports);

/*
 * Prints commands for Incus: a device of type pci for each function (incus,
 * internal/server/device/pci.go). Not of type gpu: that one gives the card's other functions to
 * their own drivers when the virtual machine has ended (gpu_physical.go, postStop()).
 */
void export_incus(const struct exports *exports);

/*
 * Prints YAML for KubeVirt: what the cluster permits, and what a virtual machine asks for
 * (kubevirt, PermittedHostDevices and HostDevice in api/core/v1).
 */
void export_kubevirt(const struct exports *exports);

/* Returns true if the program of this format takes no PCI domain beyond ffff. */
bool export_is_narrow(enum export_format format);

/* Returns true if the function's domain is beyond ffff. */
bool export_is_beyond(const struct export_function *function);

/*
 * For libvirt: decides where in the guest each card with several functions goes; fills
 * exports->place and, with a domain, exports->guest. @domain: see guest_of_domain(), or NULL.
 * @bus: without a domain that of the first card, or 0 for the default. Returns false after printing
 * an error.
 */
bool export_place_cards(struct exports *exports, const char *domain, unsigned int bus);

/* Returns true if the function of this row is among them. */
bool is_exported(const struct exports *exports, const struct pci_function *row);

/*
 * Prints a warning or note on standard error for each fact that would keep a virtual machine from
 * starting with them, or from being the only one that may. @plan: how they were selected.
 * @functions: all functions of the machine.
 */
void export_warn(const struct exports *exports, enum export_format format, const struct plan *plan,
		 const struct pci_functions *functions);

/* The part of export_warn() about other devices that have the ID of an exported one. */
void export_warn_of_ids(const struct exports *exports, enum export_format format,
			const struct pci_functions *functions);

/* Returns the name of the program that the format is for; static. */
const char *export_program(enum export_format format);

#endif
