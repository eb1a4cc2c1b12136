/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transactional.h - systems with a read-only root that changes only in new snapshots (openSUSE
 * MicroOS, Leap Micro: transactional-update(8)). @sysroot: see path_below().
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_TRANSACTIONAL_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_TRANSACTIONAL_H

#include <stdbool.h>

/* Returns true if this is such a system. */
bool transactional_is(const char *sysroot);

/*
 * Checks that files of the root file system may be changed: that this command runs inside a
 * transaction. Returns 0, or -1 after printing what to run.
 */
int transactional_check_inside(const char *sysroot);

/*
 * Checks that boot entries may be changed, which must be done outside: that this command does not
 * run inside a transaction, and that the menu's default entry does not start another snapshot.
 * Returns 0, or -1 after printing what to do.
 */
int transactional_check_outside(const char *sysroot);

#endif
