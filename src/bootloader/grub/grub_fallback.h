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
	bool counted;       /* GRUB's block has a count: */
	unsigned int left;  /* how many of them have not failed yet */
	bool fell;          /* GRUB has started the entry without claims by itself */
};

/* Reads what is set up. @sysroot: see path_below(). */
struct grub_fallback grub_fallback_read(const char *sysroot);

/*
 * Adds the steps that set it up for @tries boots, with a full count, after those that set claims;
 * none if that is so. Returns 0, or -1 after printing an error: the menu is not made by
 * grub-mkconfig, GRUB cannot write the block, or nothing would put the count back.
 */
int grub_fallback_set(struct changes *changes, unsigned int tries);

/* Adds the steps that remove the count; none if it is not set up. */
void grub_fallback_clear(struct changes *changes);

/*
 * Notes that the running boot has got to the real root: one with claims puts the whole count back,
 * another one what it was counted for. Returns 0, or -1 after printing an error.
 */
int grub_fallback_reached(const char *sysroot, bool claims);

#endif
