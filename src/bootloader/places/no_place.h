/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * no_place.h - systems whose kernel command line vfio-claim does not change, and what to do there
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_NO_PLACE_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_NO_PLACE_H

#include <stdbool.h>

/*
 * Returns true if this system is known to be such a system, even if it has files of another place:
 * Ubuntu Core, a stanza in refind.conf, or a limine.conf that was written by hand. @sysroot: see
 * path_below(), as below.
 */
bool no_place_has_reason(const char *sysroot);

/*
 * Prints what to do, if it is known. @claims: "SEL,SEL" for words to be added by hand. Returns
 * false if nothing is known.
 */
bool no_place_say(const char *sysroot, const char *claims);

#endif
