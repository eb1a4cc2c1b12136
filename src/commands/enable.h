/* SPDX-License-Identifier: GPL-2.0-or-later */
/* enable.h - what `vfio-claim enable --add` does, for `vfio-claim migrate` */
#ifndef VFIO_CLAIM_COMMANDS_ENABLE_H
#define VFIO_CLAIM_COMMANDS_ENABLE_H

#include "claim_options.h"
#include "persistent.h"
#include "set_report.h"

/*
 * Adds the claims of @wishes to those that are set, after persistent_begin(): checks what the next
 * boot would do, sets them, and removes @gone, other words of the kernel command line, from where
 * the system keeps them. @extra: see persistent_set(). Fills @report, whose first three members the
 * caller has set. Returns an exit status.
 */
int enable_add(struct set_report *report, struct claim_options *wishes, const char *gone,
	       const struct persistent_extra *extra);

#endif
