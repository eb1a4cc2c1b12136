/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboards.h - which PCI functions have the keyboards of the machine, and whether its boot asks
 * for a passphrase that somebody must type
 */
#ifndef VFIO_CLAIM_CLI_KEYBOARDS_H
#define VFIO_CLAIM_CLI_KEYBOARDS_H

#include <stdbool.h>

#include "names.h"

/*
 * Adds to @slots the function that each keyboard is plugged into, once; "" for all that are on none
 * (PS/2, a laptop's own). A keyboard is an input device with the keys that udev asks for
 * (capabilities/key: Documentation/input/event-codes.rst), or a USB interface of class 03 and
 * protocol 01 (HID 1.11, 4.3). What a program has made (uinput, Bluetooth) is none.
 * @sysroot: see path_below(), as below.
 */
void keyboards_find(const char *sysroot, struct names *slots);

/*
 * What asks for a passphrase as the system boots: "/etc/crypttab", or the name of the parameter of
 * @cmdline that names a LUKS volume (crypttab(5), dracut.cmdline(7),
 * systemd-cryptsetup-generator(8)); NULL when nothing does. A constant.
 */
const char *keyboards_asked_by(const char *sysroot, const char *cmdline);

#endif
