/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_cmdline.h - the text of /etc/kernel/cmdline, which kernel-install(8) and mkinitcpio(8)
 * read: words on one or more lines; for mkinitcpio a line may be a comment. Pure. Returned strings
 * are new and the caller's to free; NULL means no memory.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_KERNEL_CMDLINE_H
#define VFIO_CLAIM_BOOTLOADER_KERNEL_CMDLINE_H

/* Returns the lines of @text without comments, joined by blanks. */
char *kernel_cmdline_words(const char *text);

/*
 * Returns @text with @words on its first line that is not a comment, as cmdline_with() puts them
 * there, and none of ours on the others; on a line of their own when there is no such line.
 */
char *kernel_cmdline_with(const char *text, const char *words);

#endif
