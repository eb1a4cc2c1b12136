/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_count.h - the count of GRUB, vfio_claim_left in its environment block, for the loaders
 * whose commands (grub.d/fallback.grub) use it. @sysroot: see path_below(). @digit: the count.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_FALLBACK_GRUB_COUNT_H
#define VFIO_CLAIM_BOOTLOADER_FALLBACK_GRUB_COUNT_H

#include <stdbool.h>

#include "../../host/changes.h"
#include "fallback_state.h"

/* As .read of struct fallback_loader. */
bool grub_count_read(struct fallback *fallback, const char *sysroot);

/* Returns what is wrong with the count itself, or NULL; see struct fallback. */
const char *grub_count_trouble(const struct fallback *fallback);

/* Reads the count back. Returns 0, or -1 after printing an error. */
int grub_count_check(const char *sysroot, const char *digit);

/* Returns 0, or -1 after printing an error: GRUB cannot write to the block. */
int grub_count_possible(const char *sysroot);

/* Adds the steps that set the count; none if it is set. Returns 0, or -1 after printing an error.
 */
int grub_count_set(struct changes *changes, const char *digit);

/* As .clear of struct fallback_loader. Returns 0. */
int grub_count_clear(struct changes *changes);

/*
 * As .reached of struct fallback_loader: a boot with claims puts the whole count back, another one
 * what it was counted for.
 */
int grub_count_put_back(const char *sysroot, const struct fallback *fallback, bool claims);

#endif
