/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whereabouts.h - finds a device that is no longer where its selector says: bus numbers change when
 * a card is added or removed
 *
 * The device that belongs at a slot or path is known from the guard or, without one, from what was
 * there when `vfio-claim enable` set the claim: lines "device = 01:00.0 10de:1e07" in
 * /var/lib/vfio-claim/enabled.
 */
#ifndef VFIO_CLAIM_PLAN_WHEREABOUTS_H
#define VFIO_CLAIM_PLAN_WHEREABOUTS_H

#include <stdbool.h>

#include "../core/selector.h"

/* Receives a sentence about @claim, "10de:1e07 is now at 03:00.0"; @to is the caller's. */
typedef void whereabouts_fn(void *to, const struct selector *claim, const char *where);

/*
 * Calls @tell for each of @claims whose device is now elsewhere, and for each without a guard whose
 * place another device has taken. Says nothing about IDs, about devices in their places, or
 * about a missing device whose place is empty. @sysroot: see path_below().
 */
void whereabouts_tell(const char *sysroot, const struct selectors *claims, whereabouts_fn *tell,
		      void *to);

/* Returns true if the device of @claim is not there, but elsewhere. */
bool whereabouts_moved(const char *sysroot, const struct selector *claim);

/*
 * Returns the lines to remember for the claims among @words, of a kernel command line: a new
 * string, empty for none, or NULL if out of memory.
 */
char *whereabouts_lines(const char *sysroot, const char *words);

#endif
