/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate_claims.h - which devices the settings of other guides mean, as selectors */
#ifndef VFIO_CLAIM_COMMANDS_MIGRATE_CLAIMS_H
#define VFIO_CLAIM_COMMANDS_MIGRATE_CLAIMS_H

#include <stdbool.h>

#include "check/leftovers.h"

/*
 * Makes the list of claims, "SEL,SEL": the devices that only one thing can be meant by, and
 * @selectors, the list that the user gave, or NULL. Devices that a leftover only may mean are never
 * guessed: without @selectors the user is asked about each if @ask is true and there is a terminal;
 * otherwise that is an error which names them. Devices that this system needs are left out, with a
 * warning. *@claims: a new string, or NULL for none. Returns 0, or -1 after printing an error.
 */
int migrate_claims(char **claims, const struct leftover_plan *plan, const char *selectors,
		   bool ask);

#endif
