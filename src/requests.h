/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was asked for: the kernel command line as claims, keeps and settings. Pure.
 */
#ifndef VFIO_CLAIM_REQUESTS_H
#define VFIO_CLAIM_REQUESTS_H

#include <stdbool.h>
#include <stddef.h>

#include "selector.h"

/* Seconds that one step may block when rd.vfio.timeout= says nothing. */
#define TIMEOUT_DEFAULT 10

/* Where a claim of the kernel's own parameter says it comes from. */
extern const char PARAM_KERNEL_IDS[];

/* Something on the command line that cannot be done, and why. */
struct complaint {
	const char *param; /* "rd.vfio.claim" */
	const char *value; /* the item as given; belongs to the command line */
	const char *why;   /* the end of a sentence; a constant */
};

struct selectors {
	struct selector *item;
	size_t count;
};

struct requests {
	struct selectors claims;
	struct selectors keeps;
	struct complaint *complaints;
	size_t complaint_count;
	unsigned int timeout; /* seconds, at least 1 */
	bool off;             /* rd.vfio=0 */
};

/*
 * Reads the kernel command line @cmdline (NUL-terminated, of any length; cut up in place and
 * pointed into until requests_free()). A malformed item becomes a complaint and costs no other.
 * Returns 0, or -ENOMEM with nothing to be freed.
 */
int requests_read(struct requests *requests, char *cmdline);

/* Frees what requests_read() allocated; the command line stays the caller's. */
void requests_free(struct requests *requests);

#endif
