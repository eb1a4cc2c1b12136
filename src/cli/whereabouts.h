/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * whereabouts.h - where a device is that is not where a selector says: when a card is added or
 * removed, the buses behind it get other numbers
 */
#ifndef VFIO_CLAIM_CLI_WHEREABOUTS_H
#define VFIO_CLAIM_CLI_WHEREABOUTS_H

#include <stdbool.h>

#include "../selector.h"
#include "../text.h"

/*
 * Appends ": 10de:1e07 is now at 03:00.0": the functions with the ID of the guard of @selector that
 * it does not name; nothing for one without a guard, or where there are none. Says whether there are
 * any. @sysroot: see path_below().
 */
bool words_of_whereabouts(struct text *line, const char *sysroot, const struct selector *selector);

/*
 * The same for a slot or path without a guard, of which @known, "SELECTOR VENDOR:DEVICE" on lines of
 * their own as whereabouts_known() makes them, says what was there; NULL for not known. A guard of its
 * own comes first. Nothing where the device that was there is there still.
 */
bool words_of_known_whereabouts(struct text *line, const char *sysroot,
				const struct selector *selector, const char *known);

/*
 * What is now where the addresses of @selectors point, "SEL,SEL", for words_of_known_whereabouts() of
 * later boots: a new string, empty where there is nothing to remember, or NULL without memory.
 */
char *whereabouts_known(const char *sysroot, const char *selectors);

#endif
