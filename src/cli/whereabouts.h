/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whereabouts.h - where a device is that is not where a selector says: when a card is added or
 * removed, the buses behind it get other numbers
 *
 * What a slot or path is to have is known from its guard or, where it has none, from what was there
 * when `vfio-claim enable` set it: lines "device = 01:00.0 10de:1e07" in what that remembers,
 * /var/lib/vfio-claim/enabled.
 */
#ifndef VFIO_CLAIM_CLI_WHEREABOUTS_H
#define VFIO_CLAIM_CLI_WHEREABOUTS_H

#include <stdbool.h>

#include "../selector.h"

/* Takes a line without its newline; @to is the caller's. */
typedef void whereabouts_fn(void *to, const char *line);

/*
 * Tells of each of @claims whose device is not there, but elsewhere:
 * "rd.vfio.claim=01:00.0@10de:1e07: 10de:1e07 is now at 03:00.0"; and of each without a guard in
 * whose place something else is. Nothing of IDs, of what is in its place, and of what is nowhere
 * and in nobody's place. @sysroot: see path_below().
 */
void whereabouts_tell(const char *sysroot, const struct selectors *claims, whereabouts_fn *tell,
		      void *to);

/* Whether the device of @claim is not there, but elsewhere. */
bool whereabouts_moved(const char *sysroot, const struct selector *claim);

/*
 * The lines to be remembered for the claims among @words, of a kernel command line: a new string,
 * empty for none, or NULL without memory.
 */
char *whereabouts_lines(const char *sysroot, const char *words);

#endif
