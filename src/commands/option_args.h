/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * option_args.h - the values of `vfio-claim enable --option`: module options for the next boots
 */
#ifndef VFIO_CLAIM_COMMANDS_OPTION_ARGS_H
#define VFIO_CLAIM_COMMANDS_OPTION_ARGS_H

#include "../host/options.h"

/*
 * Adds the value, "MODULE.PARAMETER=VALUE", to *@to, a char * with words as on a command line, from
 * malloc(3), or NULL. A parameter may be given once.
 */
take_fn option_args_add;

/*
 * Checks the options before anything is changed: whether the kernel @kver has their parameters,
 * whether it takes their values, and whether @cmdline, without what vfio-claim has set, already has
 * them. Returns those to set, a new string, "" if the line has them all; or NULL after printing an
 * error. @sysroot: see path_below().
 */
char *option_args_settle(const char *options, const char *sysroot, const char *kver,
			 const char *cmdline);

/*
 * Returns @options and those of @old, other words like them, whose parameters they do not set: a
 * new string, or NULL if out of memory.
 */
char *option_args_join(const char *options, const char *old);

#endif
