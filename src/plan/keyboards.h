/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboards.h - the keyboards of this machine, and the PCI functions that they are attached to
 *
 * A keyboard is one of these:
 * - an input device that has all keys from Esc to S, like udev's input_id
 *   (Documentation/ABI/testing/sysfs-driver-input, "capabilities/key");
 * - an interface of a USB device that is a keyboard by the HID specification (class 03, protocol
 *   01: section 4.3), with or without a driver;
 * - a port where atkbd found one.
 * A mouse with extra keys does not count, nor does a virtual keyboard (uinput).
 */
#ifndef VFIO_CLAIM_PLAN_KEYBOARDS_H
#define VFIO_CLAIM_PLAN_KEYBOARDS_H

#include <stdbool.h>
#include <stddef.h>

/* The strings are from malloc(3). */
struct keyboard {
	char *place; /* its device's directory in sysfs */
	char *name;  /* for messages; NULL if it has none */
	char *slot;  /* of the PCI function; NULL if not on a PCI bus (PS/2, a laptop's own) */
};

/* All zero means empty. */
struct keyboards {
	struct keyboard *list;
	size_t count;
};

/*
 * Lists the keyboards, each once. Unreadable ones are skipped. The caller calls keyboards_free().
 * @sysroot: see path_below().
 */
void keyboards_find(struct keyboards *keyboards, const char *sysroot);

/* Returns how many of them are attached to the PCI function @slot ("0000:00:14.0"). */
size_t keyboards_count_on(const struct keyboards *keyboards, const char *slot);

void keyboards_free(struct keyboards *keyboards);

#endif
