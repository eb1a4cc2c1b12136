/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector_args.h - the selectors behind a command as the kernel command line that asks for them
 */
#ifndef VFIO_CLAIM_PLAN_SELECTOR_ARGS_H
#define VFIO_CLAIM_PLAN_SELECTOR_ARGS_H

#include "../host/options.h"

/*
 * Adds args->value, which may be a list, to *@to, a char *: "rd.vfio.claim=SEL,SEL" from malloc(3)
 * or NULL. Returns EXIT_OK, or after printing an error EXIT_USAGE (no selector, by the boot
 * program's own parser) or EXIT_FAILED (no memory).
 */
take_fn selector_args_add;

/* The same for what is to be kept: *@to is "rd.vfio.keep=SEL,SEL". */
take_fn selector_args_add_keep;

#endif
