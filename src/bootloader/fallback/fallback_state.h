/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_state.h - how many boots may fail before the boot loader starts the entry without
 * claims, and how many have
 */
#ifndef VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_STATE_H
#define VFIO_CLAIM_BOOTLOADER_FALLBACK_FALLBACK_STATE_H

#include <stdbool.h>

/* The most boots that are counted: grub.d/42_vfio-claim and kernel-install/ know one digit. */
#define FALLBACK_MAX 9

struct fallback {
	unsigned int tries; /* how many boots may fail; 0: it is not set up */
	bool counted;       /* the boot loader has a count, even if it is not set up: */
	unsigned int left;  /* how many of them have not failed yet */
	bool fell;          /* it has started the entry without claims by itself, since boots: */
	const char *failed; /* what they did not do, after "N boots in a row": a constant */
	/*
	 * Why boots that fail are not counted, those that succeed are not put back, or there is a
	 * count that is not set up: a clause, a constant; NULL if all is well, or not known.
	 */
	const char *trouble;
};

#endif
