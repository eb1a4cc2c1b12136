/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboards.h - the keyboards of this machine, and the PCI functions that they hang on
 *
 * A keyboard is an input device that has all keys from Esc to S, as udev's input_id has it
 * (Documentation/ABI/testing/sysfs-driver-input, "capabilities/key"); an interface of a USB device
 * that is a keyboard by the HID specification (class 03, protocol 01: section 4.3), whether it has
 * a driver now or not; a port on which atkbd has found one. A mouse with keys of its own is none,
 * nor is what a program pretends to be (uinput).
 */
#ifndef VFIO_CLAIM_CLI_KEYBOARDS_H
#define VFIO_CLAIM_CLI_KEYBOARDS_H

#include <stdbool.h>
#include <stddef.h>

#include "next_boot.h"

/* The strings are from malloc(3). */
struct keyboard {
	char *place; /* in sysfs, of the device that it is */
	char *name;  /* for a person; NULL when it has none */
	char *slot;  /* of the PCI function, "0000:00:14.0"; NULL for one on no PCI bus */
};

/* All zero is the empty one. */
struct keyboards {
	struct keyboard *list;
	size_t count;
};

/* Finds them; what cannot be read is left out. @sysroot: see path_below(). */
void keyboards_find(struct keyboards *keyboards, const char *sysroot);

void keyboards_free(struct keyboards *keyboards);

/*
 * Whether the PCI function @slot ("0000:00:14.0") is the controller of the only keyboard: there is
 * one, and none that hangs on anything else. @sysroot: see path_below().
 */
bool keyboard_controller_is(const char *sysroot, const char *slot);

/*
 * Warns, by complain(), of each claim of @next that takes a keyboard when none is left then; on a
 * system that asks for a passphrase as it boots, says that, too. @cmdline: the command line of that
 * boot; the running one counts, too.
 */
void keyboards_warn(const struct next_boot *next, const char *sysroot, const char *cmdline);

#endif
