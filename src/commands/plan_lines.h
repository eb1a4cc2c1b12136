/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plan_lines.h - what the next boot would do, in the lines of its report (src/boot/report.c)
 */
#ifndef VFIO_CLAIM_COMMANDS_PLAN_LINES_H
#define VFIO_CLAIM_COMMANDS_PLAN_LINES_H

#include <stdbool.h>

#include "../plan/next_boot.h"

/* Receives a line. */
typedef void plan_line_fn(void *to, const char *line);

/*
 * Calls @tell_line for each line; for none if nothing is requested. @sysroot: see path_below().
 * Returns true if all that is requested would be claimed.
 */
bool plan_tell(const struct next_boot *next, const char *sysroot, plan_line_fn *tell_line,
	       void *to);

#endif
