/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * grub_copy.h - a copy of an entry of a grub.cfg with other words for the kernel, and its place in
 * custom.cfg. Pure. Returned strings are new and the caller's to free.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_GRUB_COPY_H
#define VFIO_CLAIM_BOOTLOADER_GRUB_COPY_H

/* The id of the copy, and what is added to its title. */
#define GRUB_COPY_ID    "vfio-claim-try"
#define GRUB_COPY_TITLE " (vfio-claim try)"

/*
 * Copies the entry that @text, a grub.cfg, starts by default, or else the first one that starts a
 * kernel of this system. @words are on its kernel command line as cmdline_with() puts them there.
 * It does not make itself the default (savedefault). @environment: see grub_default_name().
 * Returns NULL when that is not possible: *@why is then the end of a sentence, or NULL without
 * memory.
 */
char *grub_copy_make(const char *text, const char *environment, const char *words,
		     const char **why);

/*
 * Returns @custom, the text of a custom.cfg or NULL, with @entry in vfio-claim's block of it, or
 * without that block if @entry is NULL; "" when nothing is left. NULL without memory, or with errno
 * EINVAL when the end of the block is missing.
 */
char *grub_copy_place(const char *custom, const char *entry);

#endif
