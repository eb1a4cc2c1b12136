/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * print_entries.h - the boot menu's entries with claims of their own, or without claims, in the
 * output of commands (bootloader/named/)
 */
#ifndef VFIO_CLAIM_COMMANDS_PRINT_ENTRIES_H
#define VFIO_CLAIM_COMMANDS_PRINT_ENTRIES_H

#include "../host/options.h"
#include "json.h"

/*
 * Prints which there are besides the plain ones, a line each; nothing if none is named.
 * @sysroot: see path_below().
 */
void print_entries(const char *sysroot);

/* Prints those with claims that stay when the claims of the plain ones have been removed. */
void print_entries_left(const char *sysroot);

/* Prints the name of the entry with exactly the claims of the running boot, if there is one. */
void print_entry_of_boot(const char *sysroot);

/* Returns them as a list of objects, for "entries" in a document. */
struct json_object *json_entries(const char *sysroot);

/* For options: takes the name of an entry. @to: a const char **. See take_fn. */
take_fn take_entry_name;

#endif
