/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback.h - the boot loader counts boots that do not get to the real root, and then starts the
 * entry without claims by itself. How it counts is in one file for each boot loader:
 * fallback_loader.h.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_H
#define VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_H

#include <stdbool.h>

#include "../../host/changes.h"
#include "fallback_state.h"

/*
 * Reads what is set up, and whether it works: the count, the boot menu, and the links of systemd.
 * Prints nothing. @sysroot: see path_below().
 */
struct fallback fallback_read(const char *sysroot);

/* Returns what to do to end @fallback->trouble, a command first if there is one: a constant. */
const char *fallback_cure(const struct fallback *fallback, const char *sysroot);

/*
 * Adds the steps that set it up for @tries boots, with a full count, after those that set claims
 * and build images; none if that is so. Returns 0, or -1 after printing an error: the boot loader
 * cannot count, or would not start the entry without claims; or nothing would put the count back.
 */
int fallback_set(struct changes *changes, unsigned int tries);

/*
 * Adds the steps that remove the count, whatever has set it; none if there is none. Returns 0, or
 * -1 after printing an error.
 */
int fallback_clear(struct changes *changes);

/*
 * Notes that the running boot has got to the real root, and puts the count back. @claims: the boot
 * had the claims that the count is for; those of another entry prove nothing about them. Returns 0,
 * or -1 after printing an error.
 */
int fallback_reached(const char *sysroot, bool claims);

#endif
