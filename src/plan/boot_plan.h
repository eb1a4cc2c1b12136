/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_plan.h - what the boot program would do about requests on this machine now, by its own
 * requests_read(), snapshot_take() and decide()
 */
#ifndef VFIO_CLAIM_PLAN_BOOT_PLAN_H
#define VFIO_CLAIM_PLAN_BOOT_PLAN_H

#include <stdbool.h>

#include "../core/decide.h"
#include "../core/requests.h"
#include "../core/snapshot.h"

/* Initialize to all zeros; the texts come from boot_plan_read_boot() or the caller. */
struct boot_plan {
	struct request_texts texts; /* from malloc(3); modified by boot_plan_look() */
	char *selectors;            /* what claims of selection_request() point into, or NULL */
	struct requests requests;
	struct snapshot snapshot;
	struct plan plan;
};

/*
 * Reads a whole text: *@text is a new string, or NULL if there is no such file. @sysroot: see
 * path_below(). Returns 0, or -1 after printing an error.
 */
int boot_plan_read_text(const char *sysroot, const char *path, char **text);

/* The same for the running command line, which must exist. */
int boot_plan_read_cmdline(const char *sysroot, char **cmdline);

/* Returns the running kernel's version, a new string, or NULL after printing an error. */
char *boot_plan_running_kernel(const char *sysroot);

/*
 * Reads the requests of this boot: the running command line, and what the boot kept of its image.
 * Returns 0, or -1 after printing an error.
 */
int boot_plan_read_boot(struct boot_plan *boot_plan, const char *sysroot);

/* Reads the texts into the requests. Returns 0, or -1 after printing an error. */
int boot_plan_parse(struct boot_plan *boot_plan);

/* Looks at what the requests name in the machine. Returns 0, or -1 after printing an error. */
int boot_plan_scan(struct boot_plan *boot_plan, const char *sysroot);

/* boot_plan_parse() and boot_plan_scan(). */
int boot_plan_look(struct boot_plan *boot_plan, const char *sysroot);

/* Decides about what was found. Returns 0, or -1 after printing an error. */
int boot_plan_decide(struct boot_plan *boot_plan);

/* Returns the decision about the function at @address, which belongs to @plan, or NULL. */
const struct decision *boot_plan_decision(const struct plan *plan,
					  const struct pci_address *address);

/* Returns true if @plan claims the function @slot; false also if that is no function's name. */
bool boot_plan_claims(const struct plan *plan, const char *slot);

/* Frees what it holds. */
void boot_plan_free(struct boot_plan *boot_plan);

/* Returns true if anything is requested, even with a mistake. */
bool boot_plan_asks(const struct boot_plan *boot_plan);

#endif
