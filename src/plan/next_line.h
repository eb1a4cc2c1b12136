/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * next_line.h - the kernel command line and the kernel of the next boot, as far as the boot menu
 * tells
 */
#ifndef VFIO_CLAIM_PLAN_NEXT_LINE_H
#define VFIO_CLAIM_PLAN_NEXT_LINE_H

#include <stdbool.h>

/* All zero means none. The strings are from malloc(3). */
struct next_line {
	char *cmdline;
	char *kver;    /* the kernel's version; the running one's if not in the menu */
	char *file;    /* the file with the entry; NULL: this is the running command line instead */
	bool recovery; /* a recovery entry: its image may lack vfio-claim */
};

/*
 * Finds the command line of the menu's default entry for the next boot, or of an entry chosen for
 * that boot only. If no menu can be read, the running command line is used, and if the default
 * entry cannot be determined, the first normal one; a warning says so. GRUB's variables are
 * replaced by their values in grubenv. The caller frees @line in any case. @sysroot: see
 * path_below(). Returns 0, or -1 after printing an error.
 */
int next_line_find(struct next_line *line, const char *sysroot);

/* The same for later boots: a choice for one boot does not count. */
int next_line_find_lasting(struct next_line *line, const char *sysroot);

/*
 * The same for the named entry @name (bootloader/named/) of the newest kernel that has one. Returns
 * -1 after printing an error, also if there is no such entry.
 */
int next_line_find_named(struct next_line *line, const char *sysroot, const char *name);

void next_line_free(struct next_line *line);

/*
 * Returns @line with all our words replaced by the claims of a command, "SEL,SEL", as `vfio-claim
 * enable` would write them; with NULL, unchanged. A new string, or NULL after printing an error.
 */
char *next_line_with(const char *line, const char *selectors);

#endif
