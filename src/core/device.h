/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One PCI function as sysfs shows it, and whether a selector names it.
 * Relies on Documentation/ABI/testing/{sysfs-bus-pci,sysfs-kernel-iommu_groups} and on the form of
 * a modalias in drivers/pci/pci-sysfs.c: modalias_show().
 */
#ifndef VFIO_CLAIM_CORE_DEVICE_H
#define VFIO_CLAIM_CORE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "selector.h"
#include "sysfs.h"

/* The driver's name, which is not the module's; driver_override must have exactly this. */
#define VFIO_DRIVER "vfio-pci"

/* Longest target of a function's link in /sys/bus/pci/devices: some twenty bridges deep. */
#define PATH_SIZE 320

/* Longest modalias: "pci:" and 57 characters, with room to see that one is longer. */
#define ALIAS_SIZE 80

/* One PCI function that a claim names, or that shares an IOMMU group with one. */
struct device {
	struct pci_address address;
	char slot[SLOT_SIZE]; /* the kernel's name */
	bool id_known;        /* its modalias could be read */
	bool bridge;          /* its header type is not 0 */
	bool boot_vga;        /* the firmware's display */
	bool has_vfs;         /* an SR-IOV device whose virtual functions are enabled */
	bool direct;          /* the firmware wants its memory mapped one to one */
	bool grouped;         /* for the snapshot: all members of its group have been looked up */
	bool held;       /* vfio-pci has it; only device_inspect_held() sets this and the next */
	bool overridden; /* it is held, and its driver_override says so */
	struct pci_id id;
	struct pci_id slot_id;  /* that of function 0, for a guard on all functions */
	char group[NAME_SIZE];  /* its IOMMU group; the empty string when there is none or nobody
				   needs to know */
	char driver[NAME_SIZE]; /* the empty string when there is none */
	char alias[ALIAS_SIZE]; /* its modalias; the empty string when it cannot be read */
	char pf[NAME_SIZE];   /* it is held and a virtual function: the slot of its physical one */
	char path[PATH_SIZE]; /* its way down from the root bus; only where it is needed */
};

/* Which of the things that cost a system call of their own somebody needs to know. */
struct device_needs {
	bool claim_path; /* device.path of every function: a claim is a path */
	bool path;       /* that of the functions that are claimed: another selector is one */
	bool slot_id;    /* device.slot_id: a guard is for all functions of a slot */
	bool boot_vga;   /* device.boot_vga: it is to be kept, or reported */
	bool group;      /* device.group: neighbours count */
	bool deep;       /* device.has_vfs and device.direct; goes with group */
};

/*
 * Reads what every function is known by, of the function at @address, which is not checked to be
 * there: fills address, slot, id, alias and with claim_path path, and clears the rest. @sys: see
 * sysfs.h.
 */
void device_identify(struct device *device, int sys, const struct pci_address *address,
		     const struct device_needs *needs);

/* Reads the rest, of a function that is named or a neighbour of one. */
void device_inspect(struct device *device, int sys, const struct device_needs *needs);

/*
 * Reads what decides whether a function that vfio-pci holds may stay there: held, overridden, pf.
 * Without @overrides its driver_override is not read, and counts as one that names vfio-pci:
 * reading it waits for the device's lock (drivers/pci/pci-sysfs.c: driver_override_show()).
 */
void device_inspect_held(struct device *device, int sys, bool overrides);

/* A way in which a selector can be about a device: one of the three below. */
typedef bool device_matcher(const struct selector *selector, const struct device *device);

/* The first of @selectors that is about @device in this way, or NULL. */
const struct selector *device_first(const struct selectors *selectors, const struct device *device,
				    device_matcher *matches);

/* Returns true if @selector is about @device, whatever its guard says. */
bool device_is_meant(const struct selector *selector, const struct device *device);

/* Returns true if @selector names @device: it is meant, and the guard holds. */
bool device_matches(const struct selector *selector, const struct device *device);

/* Returns true if the guard of @selector holds for @device, although that is in another place. */
bool device_is_twin(const struct selector *selector, const struct device *device);

#endif
