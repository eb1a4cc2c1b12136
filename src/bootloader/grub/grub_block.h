/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_block.h - the text of our blocks in a custom.cfg: "### BEGIN vfio-claim try ###" etc. Pure.
 * @maker: the command that makes the block, "try".
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_BLOCK_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_BLOCK_H

#include <stdbool.h>

/*
 * Returns @custom, the text of a custom.cfg or NULL, with @text in the block of @maker, or without
 * that block if @text is NULL; "" if nothing is left. NULL if out of memory, or with errno EINVAL
 * when the end of the block is missing. The caller frees it.
 */
char *grub_block_place(const char *custom, const char *maker, const char *text);

/* Returns true if @custom has the block of @maker with @text, as grub_block_place() writes it. */
bool grub_block_is_in(const char *custom, const char *maker, const char *text);

#endif
