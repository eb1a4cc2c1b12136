/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * next_line.h - the kernel command line that the next boot has, and its kernel, as far as the boot
 * menu tells
 */
#ifndef VFIO_CLAIM_PLAN_NEXT_LINE_H
#define VFIO_CLAIM_PLAN_NEXT_LINE_H

#include <stdbool.h>

/* All zero is none. The strings are from malloc(3). */
struct next_line {
	char *cmdline;
	char *kver;    /* the kernel's version; the running kernel's where the menu does not say */
	char *file;    /* the file with the entry; NULL: this is the running command line instead */
	bool recovery; /* the entry is one for recovery: its image may be without vfio-claim */
};

/*
 * Finds what the menu's default entry says for the next boot; an entry that was chosen for only
 * that boot counts. If no menu can be read, the running command line is used, and if the default
 * entry cannot be determined, the first normal one; a warning says so. GRUB's variables are
 * replaced by their values in grubenv. @line: to be released whatever is returned. @sysroot: see
 * path_below(). Returns 0, or -1 after printing an error.
 */
int next_line_find(struct next_line *line, const char *sysroot);

/* The same for all boots to come: what was chosen for one boot does not count. */
int next_line_find_lasting(struct next_line *line, const char *sysroot);

void next_line_free(struct next_line *line);

/*
 * Returns @line with the claims of a command, "SEL,SEL", instead of all that is ours on it, as
 * `vfio-claim enable` would write them; with NULL, unchanged. A new string, or NULL after printing
 * an error.
 */
char *next_line_with(const char *line, const char *selectors);

#endif
