/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * protection_search.h - builds the list of functions that must not be claimed
 */
#ifndef VFIO_CLAIM_MACHINE_PROTECTION_SEARCH_H
#define VFIO_CLAIM_MACHINE_PROTECTION_SEARCH_H

#include <stdbool.h>
#include <stdio.h>

#include "../host/string_set.h"

struct libmnt_table;

/* A PCI function and what it is protected for; all from malloc(3). */
struct protected_function {
	char *selector; /* "0000:00:1d.0/00.0@144d:a808" */
	struct string_set purposes;
};

/*
 * All that is protected, and the current search: from one purpose ("/boot") down through file
 * systems, volumes and interfaces to the devices that serve it.
 */
struct protection {
	const char *sysroot;
	struct libmnt_table *mounts; /* what is mounted; NULL if it cannot be read */
	size_t count;
	struct protected_function *list; /* sorted */

	/* Of this search only: */
	const char *purpose;
	struct string_set visited; /* interfaces and mounts, by whatever they are called */
	struct string_set blocks;  /* block devices, see protection_add_block() */
	struct string_set files;   /* see protection_add_file() */
	bool found;                /* a device, or that none needs protection */
	char *lost;                /* the first place beyond which nothing was found */

	/* Of all searches: what is on other hosts, and on which. */
	struct string_set remote; /* purposes */
	struct string_set servers;
};

/* Begins the search for what serves @purpose, which must last until protection_end(). */
void protection_begin(struct protection *protection, const char *purpose);

/*
 * Ends it, and prints a warning if a device was not found.
 * @format: printf(3) format of what the device does ("holds /boot").
 */
void protection_end(struct protection *protection, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Returns true if this search reaches @place for the first time; false also without memory. */
bool protection_enter(struct protection *protection, const char *place);

/*
 * Adds to what this search has still to follow: a block device (@path: its directory in sysfs,
 * links followed), or a file, by the path at which the machine itself sees it. Each is followed
 * once; see file_systems_follow().
 */
void protection_add_block(struct protection *protection, const char *path);
void protection_add_file(struct protection *protection, const char *path);

/* Notes that nothing is known of what is beyond @place. */
void protection_lose(struct protection *protection, const char *place);

/* Notes that this search ends at the host @server; NULL if its address is unknown. */
void protection_go_remote(struct protection *protection, const char *server);

/*
 * Protects every PCI function that a device depends on and that is no bridge: its controller, the
 * controller of a domain behind that (Intel VMD), and the physical function of a virtual one.
 * @path: of the device's directory in sysfs, links followed ("/sys/devices/...").
 * Returns true if the device depends on PCI at all.
 */
bool protection_add_device(struct protection *protection, const char *path);

/* Prints the list, "SELECTOR PURPOSE[,PURPOSE...]", one line for each function. */
void protection_print(const struct protection *protection, FILE *list);

/* Frees all but the struct itself and the table of mounts. */
void protection_free(struct protection *protection);

#endif
