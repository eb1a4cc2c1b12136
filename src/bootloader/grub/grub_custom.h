/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_custom.h - our blocks in the custom.cfg next to a grub.cfg, which runs it at each boot
 * (grub.d/41_custom) and is not regenerated with it. Everything else in it stays. @maker: see
 * grub_block.h.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_CUSTOM_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_CUSTOM_H

#include <stdbool.h>

#include "../../host/changes.h"

/*
 * Adds the step that puts @text into the block of the custom.cfg next to @menu, or removes the
 * block if that is NULL; none if that is so. Returns 0, or -1 after printing an error.
 */
int grub_custom_set(struct changes *changes, const char *menu, const char *maker, const char *text);

/* Returns true if the block is as grub_custom_set() writes it. @sysroot: see path_below(). */
bool grub_custom_has(const char *sysroot, const char *menu, const char *maker, const char *text);

#endif
