/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kernel_cmdline.h - the text of /etc/kernel/cmdline, which kernel-install(8), mkinitcpio(8) and
 * proxmox-boot-tool read: one or more lines of words; for mkinitcpio also comments. Pure. The
 * caller frees returned strings; NULL means no memory.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_KERNEL_CMDLINE_H
#define VFIO_CLAIM_BOOTLOADER_KERNEL_CMDLINE_H

#define KERNEL_CMDLINE_FILE "/etc/kernel/cmdline"

/* mkinitcpio(8) joins *.conf files in this directory to it. */
#define KERNEL_CMDLINE_D "/etc/cmdline.d"

/* Returns the lines of @text without comments, joined by blanks. */
char *kernel_cmdline_words(const char *text);

/* Returns the first line, whatever is on it: all that proxmox-boot-tool reads. */
char *kernel_cmdline_first(const char *text);

/*
 * Returns @text with @words added to that line by cmdline_with(). Returns NULL with errno as that.
 */
char *kernel_cmdline_first_with(const char *text, const char *words);

/*
 * Returns @text with @words added by cmdline_with() to its first line that is not a comment, or on
 * a new line if there is none, and without our words on the others. Returns NULL with errno as
 * cmdline_with().
 */
char *kernel_cmdline_with(const char *text, const char *words);

#endif
