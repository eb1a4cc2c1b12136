/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboards.h - the keyboards of this machine, and the PCI functions that they are attached to
 *
 * A keyboard is an input device that has all keys from Esc to S, as udev's input_id has it
 * (Documentation/ABI/testing/sysfs-driver-input, "capabilities/key"); an interface of a USB device
 * that is a keyboard by the HID specification (class 03, protocol 01: section 4.3), whether it has
 * a driver now or not; a port on which atkbd has found one. A mouse with keys of its own is none,
 * nor is what a program pretends to be (uinput).
 */
#ifndef VFIO_CLAIM_PLAN_KEYBOARDS_H
#define VFIO_CLAIM_PLAN_KEYBOARDS_H

#include <stdbool.h>

#include "../host/string_set.h"
#include "next_boot.h"

/*
 * Adds to @slots each PCI function that has a keyboard attached ("0000:00:14.0"), once; "" stands
 * for keyboards without one (PS/2, a laptop's own). What cannot be read is left out. @sysroot: see
 * path_below(), as below.
 */
void keyboards_find(const char *sysroot, struct string_set *slots);

/*
 * Whether the PCI function @slot has the only keyboard attached: it has one, and nothing else has.
 */
bool keyboard_controller_is(const char *sysroot, const char *slot);

/*
 * Returns what makes the boot with @cmdline ask for a passphrase: "/etc/crypttab", or the parameter
 * of @cmdline or of the running command line that names an encrypted volume (crypttab.h); a
 * constant, or NULL when nothing does.
 */
const char *keyboards_asked_by(const char *sysroot, const char *cmdline);

/*
 * Warns, by complain(), of each claim of @next that takes a keyboard, if no keyboard would be left;
 * the warning also says whether that boot asks for a passphrase. @cmdline: its command line.
 */
void keyboards_warn(const struct next_boot *next, const char *sysroot, const char *cmdline);

#endif
