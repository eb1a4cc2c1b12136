/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keyboard_warnings.h - warnings about claims that leave the console without a keyboard
 */
#ifndef VFIO_CLAIM_PLAN_KEYBOARD_WARNINGS_H
#define VFIO_CLAIM_PLAN_KEYBOARD_WARNINGS_H

#include "boot_plan.h"

/*
 * If the claims of @boot_plan leave no keyboard, prints a warning for each claim that takes one,
 * which tells whether that boot asks for a passphrase. @cmdline: its command line. @sysroot: see
 * path_below().
 */
void keyboard_warnings_print(const struct boot_plan *boot_plan, const char *sysroot,
			     const char *cmdline);

#endif
