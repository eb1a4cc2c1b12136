/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grubenv.h - GRUB's environment block, which keeps variables between boots (GRUB's manual, "The
 * GRUB environment block"; grub-core/lib/envblk.c)
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUBENV_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUBENV_H

/*
 * Returns the text of the block that belongs to the grub.cfg @file: the one next to it, or else in
 * /boot/grub2 or /boot/grub. A new string, or NULL. @sysroot: see path_below().
 */
char *grubenv_text(const char *sysroot, const char *file);

/* Returns the value of a variable in the text of a block: a new string, or NULL. */
char *grubenv_value(const char *text, const char *name);

/* Returns how many more characters fit into the block with this text; -1 if it is too large. */
long grubenv_room(const char *text);

#endif
