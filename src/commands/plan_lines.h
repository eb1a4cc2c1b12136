/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_lines.h - what the next boot will do, in the lines of its report (src/boot/report.c)
 */
#ifndef VFIO_CLAIM_COMMANDS_PLAN_LINES_H
#define VFIO_CLAIM_COMMANDS_PLAN_LINES_H

#include <stdbool.h>

#include "../plan/next_boot.h"

/* Takes a line. */
typedef void plan_line_fn(void *to, const char *line);

/*
 * Tells it all, line by line; nothing when nothing is asked for. @sysroot: see path_below(). Gives
 * whether all that is asked for would be claimed.
 */
bool plan_tell(const struct next_boot *next, const char *sysroot, plan_line_fn *tell_line,
	       void *to);

#endif
