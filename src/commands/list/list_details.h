/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_details.h - what `vfio-claim list --verbose` says about each function
 */
#ifndef VFIO_CLAIM_COMMANDS_LIST_LIST_DETAILS_H
#define VFIO_CLAIM_COMMANDS_LIST_LIST_DETAILS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "../../machine/pci_functions.h"

/*
 * Returns power state, reset and resizable BARs of a function, or for a bridge, power state and
 * ACS: a new string, "awake (D0), can be reset (flr)"; NULL if nothing is known. @sysroot: see
 * path_below().
 */
char *details_text(const char *sysroot, const struct pci_function *function);

/* Adds them to the JSON @object of the function; null for each unless @wanted. */
void details_add(struct json_object *object, const char *sysroot,
		 const struct pci_function *function, bool wanted);

#endif
