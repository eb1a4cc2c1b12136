/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * named_entries.h - boot menu entries with claims of their own, beside the plain ones: their names
 * and words are in /etc/vfio-claim.entries, a line each. grub.d/42_vfio-claim and
 * kernel-install/95-vfio-claim.install read the file and write the entries, for later kernels, too.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_NAMED_NAMED_ENTRIES_H
#define VFIO_CLAIM_BOOTLOADER_NAMED_NAMED_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#define NAMED_ENTRIES_FILE "/etc/vfio-claim.entries"

/* The longest name. */
#define NAMED_ENTRY_NAME_MAX 32

struct named_entry {
	char *name;
	char *words; /* for the kernel command line, claim_words.h */
};

/* In the order of the file. All zero means empty. */
struct named_entries {
	struct named_entry *item;
	size_t count;
};

/*
 * Reads the file; none means no entries, and lines that the scripts would skip are skipped.
 * @sysroot: see path_below(). The caller frees @all in any case. Returns 0, or -1 after printing an
 * error.
 */
int named_entries_read(struct named_entries *all, const char *sysroot);

void named_entries_free(struct named_entries *all);

/* Returns the entry called @name, or NULL. */
const struct named_entry *named_entries_find(const struct named_entries *all, const char *name);

/*
 * Returns the file's text with @words for @name instead of what it had, or without that entry if
 * @words is NULL: a new string, "" if no entry is left; NULL if out of memory.
 */
char *named_entries_text(const struct named_entries *all, const char *name, const char *words);

/* Returns what is wrong with a name (a constant, the end of a sentence), or NULL. */
const char *named_entry_name_trouble(const char *name);

/*
 * Returns the name of a menu entry that one of the scripts wrote, by its title and its id or file
 * name: a new string; NULL if it is another one, or if out of memory.
 */
char *named_entry_of(const char *title, const char *id);

/* Returns true if grub.d/42_vfio-claim wrote an entry with this title and id: without claims. */
bool named_entry_is_off(const char *title, const char *id);

#endif
