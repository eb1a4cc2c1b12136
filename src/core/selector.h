/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Selectors: how a user names PCI functions, and whether one names a given function. Pure.
 */
#ifndef VFIO_CLAIM_CORE_SELECTOR_H
#define VFIO_CLAIM_CORE_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's PCI_ANY_ID (include/linux/mod_devicetable.h): an ID field that matches all. */
#define PCI_ANY 0xffffffffu

/* In place of a function number: all functions of the slot. */
#define FUNCTION_ANY 0xff

/* In place of the last device of a path: all functions below, however deep. */
#define DEVICE_BELOW 0xff

/* What a function says of itself: the fields of its modalias. */
struct pci_id {
	uint32_t vendor, device;
	uint32_t subvendor, subdevice;
	uint32_t class; /* 24 bits: base class, subclass, programming interface */
};

/* Where it is; the kernel writes it %04x:%02x:%02x.%d. */
struct pci_address {
	uint32_t domain;
	uint8_t bus, device, function;
};

/* How many bridges a path may cross; the longest Thunderbolt chain has fewer. */
#define PATH_STEPS 16

enum selector_kind {
	SELECTOR_ID,
	SELECTOR_ADDRESS,
	SELECTOR_BOOT_VGA,
};

/* A place on the bus behind a bridge: the "00.0" of 00:01.0/00.0, or DEVICE_BELOW and
   FUNCTION_ANY for the asterisk that is a whole step. */
struct pci_step {
	uint8_t device, function;
};

struct selector {
	enum selector_kind kind;
	struct pci_id id;           /* SELECTOR_ID and @guard: a field may be PCI_ANY */
	uint32_t class_mask;        /* SELECTOR_ID: the bits of id.class that count */
	struct pci_address address; /* SELECTOR_ADDRESS: the slot, or where the path begins */
	uint8_t steps;              /* of a path; 0 for a slot */
	bool wildcard;     /* SELECTOR_ADDRESS: all functions of a slot, or all below a bridge */
	bool guarded;      /* SELECTOR_ADDRESS: must hold id.vendor and id.device */
	const char *param; /* where it was given, for messages: "rd.vfio.claim" */
	const char *text;  /* as it was given; belongs to the command line */
	const char
		*unread; /* of vfio-pci.ids=: what the kernel passes over, or NULL; part of text */
	struct pci_step step[PATH_STEPS];
};

struct selectors {
	struct selector *item;
	size_t count;
};

/*
 * Reads one selector as rd.vfio.claim= and rd.vfio.keep= take it: an address when there is a dot in
 * it, else an ID, or the word boot-vga. Fills all but param. Returns NULL, or
 * what is wrong, as the end of a sentence (a constant); words_of_meant() adds what to write
 * instead.
 */
const char *selector_parse(const char *text, struct selector *selector);

/*
 * Reads one item of vfio-pci.ids= with the kernel's own leniency (drivers/vfio/pci/vfio_pci.c:
 * vfio_pci_fill_ids() and its sscanf): what follows the last readable field is ignored, and a class
 * without a mask is any class. An address that cannot be the ID of a device is refused. Returns
 * what selector_parse() returns.
 */
const char *selector_parse_kernel_id(const char *text, struct selector *selector);

/* Returns true if a SELECTOR_ID matches, as pci_match_one_device() in drivers/pci/pci.h does. */
bool selector_matches_id(const struct selector *selector, const struct pci_id *id);

/*
 * Returns true if a SELECTOR_ADDRESS names the function at @address, whose way down from its root
 * bus is
 * @path (the target of its link in /sys/bus/pci/devices; only looked at for paths). The steps are
 * matched from the function upwards, as pci_dev_str_match_path() in drivers/pci/pci.c does, and
 * only the first element has a bus number; one that is an asterisk skips any number of bridges, but
 * not the way from one root bus into another (VMD). The guard is not looked at.
 */
bool selector_matches_address(const struct selector *selector, const struct pci_address *address,
			      const char *path);

/* Returns true if it stands for everything below a bridge, whatever that is. */
bool selector_is_below(const struct selector *selector);

/* Returns true if the guard of @selector allows this ID; true for one without a guard. */
bool selector_guard_holds(const struct selector *selector, const struct pci_id *id);

/* Less than, equal to or greater than 0 as @a comes before, with or after @b. */
int address_compare(const struct pci_address *a, const struct pci_address *b);

/*
 * Reads a function's name as the kernel writes it ("0000:01:00.0", domains up to 32 bits), to the
 * end of
 * @text. False when it is none.
 */
bool address_parse(const char *text, struct pci_address *address);

#endif
