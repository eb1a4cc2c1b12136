/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector_args.h - the selectors behind a command as the kernel command line that asks for them
 */
#ifndef VFIO_CLAIM_PLAN_SELECTOR_ARGS_H
#define VFIO_CLAIM_PLAN_SELECTOR_ARGS_H

#include "../host/options.h"

/*
 * Adds args->value, which may be a list, to *@cmdline, "rd.vfio.claim=SEL,SEL" from malloc(3) or
 * NULL. Gives EXIT_OK, or after a message EXIT_USAGE (no selector, by the boot program's own
 * parser) or EXIT_FAILED (no memory).
 */
int selector_args_add(const struct arguments *args, char **cmdline);

/* The same for what is to be kept: *@cmdline is "rd.vfio.keep=SEL,SEL". */
int selector_args_add_keep(const struct arguments *args, char **cmdline);

#endif
