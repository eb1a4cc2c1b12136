/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_entry.h - an entry of the Boot Loader Specification, type 1 (UAPI.1), and a copy of it with
 * other words for the kernel. Pure. Strings that are given back are new and the caller's to free;
 * NULL is lack of memory.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H
#define VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H

#include <stdbool.h>

#include "../host/string_set.h"

/* What stands behind the title of the copy. */
#define BLS_TRY_TITLE " (vfio-claim try)"

/* The value of @key, of its first line in @entry: NULL, too, when there is none. */
char *bls_value(const char *entry, const char *key);

/* The values of all lines of @key, in their order: a list for the caller to free. */
struct string_set bls_values(const char *entry, const char *key);

/* The values of all "options" lines of @entry, as one line; "" for none. */
char *bls_options(const char *entry);

/*
 * What an entry is called by those that choose it: its file's name without directory and ".conf",
 * and without how often it has been tried (UAPI.1, "Boot counting").
 */
char *bls_name(const char *file);

/*
 * Copies @entry, an entry's text, with @words on its kernel command line as cmdline_with() puts
 * them there.
 * @mark: what the copy is called behind the name of the original; goes to its "id", too. NULL for
 * the same entry with other words: its title and its "id" stay.
 * @kernelopts: what GRUB's $kernelopts is; NULL to leave that as it stands.
 */
char *bls_copy(const char *entry, const char *mark, const char *kernelopts, const char *words);

#endif
