/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_copy.h - copies an entry of a grub.cfg, with other words for the kernel.
 * Pure. The caller frees returned strings.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_COPY_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_GRUB_COPY_H

/* The id of the copy, and the text appended to its title. */
#define GRUB_COPY_ID    "vfio-claim-try"
#define GRUB_COPY_TITLE " (vfio-claim try)"

/*
 * Copies the default entry of @text, a grub.cfg, or else the first one that starts a kernel of this
 * system, with @words added to its kernel command line by cmdline_with(). The copy does not make
 * itself the default (savedefault). @environment: see grub_default_name().
 * Returns NULL if that is not possible; *@why is then the reason, or NULL if out of memory.
 */
char *grub_copy_make(const char *text, const char *environment, const char *words,
		     const char **why);

#endif
