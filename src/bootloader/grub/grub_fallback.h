/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_fallback.h - GRUB counts boots that do not get to the real root, and then starts the entry
 * without claims by itself. The count, vfio_claim_left, is in its environment block; the commands
 * that use it are written to grub.cfg by grub.d/42_vfio-claim, whether there is a count or not.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_FALLBACK_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_FALLBACK_H

#include <stdbool.h>

#include "../../host/changes.h"

/* The most boots that the commands in grub.cfg can count. */
#define GRUB_FALLBACK_MAX 9

struct grub_fallback {
	unsigned int tries; /* how many boots may fail; 0: it is not set up */
	bool counted;       /* GRUB's block has a count, even if it is not set up: */
	unsigned int left;  /* how many of them have not failed yet */
	bool fell;          /* GRUB has started the entry without claims by itself */
	/*
	 * Why boots that fail are not counted, those that succeed are not put back, or there is a
	 * count that is not set up: a clause, a constant; NULL if all is well, or not known.
	 */
	const char *trouble;
};

/*
 * Reads what is set up, and whether it works: the block, every grub.cfg, and the links of systemd.
 * Prints nothing. @sysroot: see path_below().
 */
struct grub_fallback grub_fallback_read(const char *sysroot);

/* Returns the command that ends @fallback->trouble: a constant. */
const char *grub_fallback_cure(const struct grub_fallback *fallback, const char *sysroot);

/*
 * Adds the steps that set it up for @tries boots, with a full count, after those that set claims;
 * none if that is so. Returns 0, or -1 after printing an error: the menu is not made by
 * grub-mkconfig, GRUB cannot write the block, or nothing would put the count back.
 */
int grub_fallback_set(struct changes *changes, unsigned int tries);

/* Adds the steps that remove the count, whatever has set it; none if there is none. */
void grub_fallback_clear(struct changes *changes);

/*
 * Notes that the running boot has got to the real root: one with claims puts the whole count back,
 * another one what it was counted for. @claims: the boot had the claims that the count is for;
 * those of another entry prove nothing about them. Returns 0, or -1 after printing an error.
 */
int grub_fallback_reached(const char *sysroot, bool claims);

#endif
