/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bls_entry.h - reads a type 1 entry of the Boot Loader Specification (UAPI.1), and changes its
 * kernel command line. Pure. The caller frees returned strings; NULL means no memory.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H
#define VFIO_CLAIM_BOOTLOADER_BLS_ENTRY_H

#include <stdbool.h>

#include "../host/string_set.h"

/* Appended to the title of a copy. */
#define BLS_TRY_TITLE " (vfio-claim try)"

/*
 * Begins the sort-key of a copy, which then comes after all others: systemd-boot must not start it
 * when the entry has no tries left. kernel-install/95-vfio-claim.install does the same.
 */
#define BLS_LAST "~vfio-"

/* GRUB's variable on the command line of CentOS 8's entries. */
#define BLS_KERNELOPTS "$kernelopts"

/* Returns true if @entry has a line with @key. */
bool bls_has(const char *entry, const char *key);

/* Returns the value of the first line with @key; NULL also if there is none. */
char *bls_value(const char *entry, const char *key);

/* Returns the values of all lines with @key, in order; the caller frees the set. */
struct string_set bls_values(const char *entry, const char *key);

/*
 * Returns the values of all "options" lines, joined by blanks; "" for none.
 * @kernelopts: replaces $kernelopts; NULL to leave that as it is.
 */
char *bls_options(const char *entry, const char *kernelopts);

/*
 * Returns the name by which an entry is chosen: its file name without ".conf" and the number of
 * tries (UAPI.1, "Boot counting").
 */
char *bls_name(const char *file);

/*
 * Returns how many tries the boot loader has left for an entry, by its file name (likewise);
 * INT_MAX for more, -1 if they are not counted.
 */
int bls_tries(const char *file);

/*
 * Returns @entry with @words added to its first "options" line by cmdline_with(), and without our
 * words on the others. Everything else is unchanged. Returns NULL with errno as cmdline_with().
 */
char *bls_with_words(const char *entry, const char *words);

/*
 * Returns the same as a separate entry: @mark is appended to its id, BLS_TRY_TITLE to its title;
 * BLS_LAST begins its sort-key.
 * @kernelopts: as for bls_options(). Returns NULL with errno as cmdline_with().
 */
char *bls_copy(const char *entry, const char *mark, const char *kernelopts, const char *words);

#endif
