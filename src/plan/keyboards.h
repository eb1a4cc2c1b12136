/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboards.h - the keyboards of this machine, and the PCI functions that they are attached to
 *
 * A keyboard is one of these:
 * - an input device that has all keys from Esc to S, as udev's input_id has it
 *   (Documentation/ABI/testing/sysfs-driver-input, "capabilities/key");
 * - an interface of a USB device that is a keyboard by the HID specification (class 03, protocol
 *   01: section 4.3), whether or not a driver has it now;
 * - a port on which atkbd has found one.
 * A mouse with keys of its own is not, nor is what a program pretends to be (uinput).
 */
#ifndef VFIO_CLAIM_PLAN_KEYBOARDS_H
#define VFIO_CLAIM_PLAN_KEYBOARDS_H

#include <stdbool.h>
#include <stddef.h>

/* The strings are from malloc(3). */
struct keyboard {
	char *place; /* directory in sysfs of the device that it is */
	char *name;  /* for a person; NULL when it has none */
	char *slot;  /* of the PCI function; NULL when it is on no PCI bus (PS/2, a laptop's own) */
};

/* All zero is the empty list. */
struct keyboards {
	struct keyboard *list;
	size_t count;
};

/*
 * Lists the keyboards, each once. What cannot be read is left out. @keyboards: to be released with
 * keyboards_free(). @sysroot: see path_below().
 */
void keyboards_find(struct keyboards *keyboards, const char *sysroot);

/* Returns how many of them are attached to the PCI function @slot ("0000:00:14.0"). */
size_t keyboards_count_on(const struct keyboards *keyboards, const char *slot);

void keyboards_free(struct keyboards *keyboards);

#endif
