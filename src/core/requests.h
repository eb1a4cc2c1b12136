/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was asked for: the kernel command line and the image's vfio-claim.conf as claims, keeps and
 * settings; and what the image says must not be done. Pure.
 */
#ifndef VFIO_CLAIM_CORE_REQUESTS_H
#define VFIO_CLAIM_CORE_REQUESTS_H

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
	bool selector;     /* value was to be one: words_of_meant() may say more */
};

/* A driver that is better for some devices than vfio-pci itself. */
struct variant {
	char *alias;  /* a pattern for modaliases, "vfio_pci:v000010DEd00002342sv*sd*bc*sc*i*" */
	char *module; /* with underscores, as in /sys/module */
};

struct requests {
	struct selectors claims;
	struct selectors keeps;
	struct selectors force;     /* claim these even if a guard refuses */
	struct selectors protected; /* what the system runs from; param says what for */
	struct variant *variants;   /* what the image has of them */
	size_t variant_count;
	struct complaint *complaints;
	size_t complaint_count;
	unsigned int timeout; /* seconds, at least 1 */
	bool off;             /* rd.vfio=0 */
	bool vfs;             /* rd.vfio.vfs=: the real root creates virtual functions */
	bool group;           /* rd.vfio.group=1: claims are for whole IOMMU groups */
	bool debug;           /* rd.vfio.debug=1: note each step and each call that fails */
	bool strict;          /* rd.vfio.strict=1: what cannot be claimed stays without a driver */
	bool listed;          /* the image has a list of what is protected, however short */
	bool local_root; /* root= names a disk of this machine, and nothing asks for the network's
			  */
};

/* A vfio-claim.conf has this many bytes at the most. */
#define CONF_LIMIT (64 * 1024)

/*
 * What requests_read() reads: each NUL-terminated, of any length, cut up in place and pointed into
 * until requests_free(); NULL where there is none.
 */
struct request_texts {
	char *cmdline;   /* /proc/cmdline */
	char *conf;      /* vfio-claim.conf(5) */
	char *protected; /* lines of a selector and, behind a space, what it is for */
	char *variants;  /* lines of an alias and, behind a space, its module */
};

/*
 * Reads it all. A malformed item becomes a complaint and costs no other. A claim on the command
 * line replaces those of the file. Returns 0, or -ENOMEM with nothing to be freed.
 */
int requests_read(struct requests *requests, const struct request_texts *texts);

/*
 * Reads the value of rd.vfio=, group= or strict=: a "no" in any of its usual forms ("0", "0x0",
 * "off", "None", "disabled"), or a "yes" likewise. Returns 1 for yes, 0 for no, or -1 for neither.
 */
int requests_switch(const char *value);

/* Frees what requests_read() allocated; the texts stay the caller's. */
void requests_free(struct requests *requests);

#endif
