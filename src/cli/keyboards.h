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

#include "names.h"
#include "next_boot.h"

/*
 * Adds to @slots the PCI function that each keyboard hangs on ("0000:00:14.0"), once; "" for those
 * that are on none (PS/2, a laptop's own). What cannot be read is left out. @sysroot: see
 * path_below(), as below.
 */
void keyboards_find(const char *sysroot, struct names *slots);

/*
 * Whether the PCI function @slot is the controller of the only keyboard: there is one, and none
 * that hangs on anything else.
 */
bool keyboard_controller_is(const char *sysroot, const char *slot);

/*
 * What asks for a passphrase as the system boots with @cmdline: "/etc/crypttab", or the parameter
 * of @cmdline or of the running command line that names an encrypted volume (crypttab.h); NULL when
 * nothing does. A constant.
 */
const char *keyboards_asked_by(const char *sysroot, const char *cmdline);

/*
 * Warns, by complain(), of each claim of @next that takes a keyboard when none is left then; and
 * says so when that boot asks for a passphrase. @cmdline: its command line.
 */
void keyboards_warn(const struct next_boot *next, const char *sysroot, const char *cmdline);

#endif
