/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_entry.h - an entry of the Boot Loader Specification, type 1 (UAPI.1): its values, and the
 * same entry with other words for the kernel. Pure. Returned strings are new and the caller's to
 * free; NULL means no memory.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H
#define VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H

#include <stdbool.h>

#include "../host/string_set.h"

/* What is added to the title of a copy. */
#define BLS_TRY_TITLE " (vfio-claim try)"

/* GRUB's variable that CentOS 8 has on the command line of its entries. */
#define BLS_KERNELOPTS "$kernelopts"

/* Whether @entry has a line of @key. */
bool bls_has(const char *entry, const char *key);

/* Returns the value of the first line of @key; NULL, too, when there is none. */
char *bls_value(const char *entry, const char *key);

/* Returns the values of all lines of @key, in their order: a set for the caller to free. */
struct string_set bls_values(const char *entry, const char *key);

/*
 * Returns the values of all "options" lines, joined by blanks; "" for none.
 * @kernelopts: replaces $kernelopts; NULL to leave that as it is.
 */
char *bls_options(const char *entry, const char *kernelopts);

/*
 * Returns the name by which an entry is chosen: that of its file without directory, ".conf", and
 * the number of tries (UAPI.1, "Boot counting").
 */
char *bls_name(const char *file);

/*
 * Returns @entry with @words on the first of its "options" lines, as cmdline_with() puts them
 * there, and none of ours on the others. Everything else stays as it is.
 */
char *bls_with_words(const char *entry, const char *words);

/*
 * Returns the same as another entry: with @mark behind its "id", and BLS_TRY_TITLE behind its
 * title. @kernelopts: as for bls_options().
 */
char *bls_copy(const char *entry, const char *mark, const char *kernelopts, const char *words);

#endif
