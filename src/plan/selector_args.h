/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selector_args.h - the selectors given to a command, as a list, "SEL,SEL"
 */
#ifndef VFIO_CLAIM_PLAN_SELECTOR_ARGS_H
#define VFIO_CLAIM_PLAN_SELECTOR_ARGS_H

#include "../host/options.h"

/*
 * Adds args->value, a selector or a list of them, to the list *@to, a char * from malloc(3) or
 * NULL. Returns EXIT_OK, or, after printing an error, EXIT_USAGE (not a selector for the boot
 * program's parser) or EXIT_FAILED (out of memory).
 */
take_fn selector_args_add;

/* The same for what is to be kept. */
take_fn selector_args_add_keep;

/*
 * Returns the word that claims @list, "rd.vfio.claim=SEL,SEL": a new string, or NULL if out of
 * memory.
 */
char *selector_args_word(const char *list);

#endif
