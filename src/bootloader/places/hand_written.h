/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hand_written.h - boot menus that no tool writes: limine.conf without limine-entry-tool, and the
 * stanzas of refind.conf. They are read only to tell the user which line to change by hand.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_HAND_WRITTEN_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_HAND_WRITTEN_H

#include <stdbool.h>

/* A line with a kernel command line. */
struct hand_written {
	char *file;          /* NULL: there is none */
	unsigned int number; /* of the line */
	char *cmdline;
	bool in_quotes;
};

/*
 * Finds the first kernel command line in a limine.conf. @sysroot: see path_below(). The caller
 * calls hand_written_free() in any case.
 */
void hand_written_limine(struct hand_written *found, const char *sysroot);

/* The same for the stanzas of a refind.conf that are not disabled. */
void hand_written_refind(struct hand_written *found, const char *sysroot);

void hand_written_free(struct hand_written *found);

#endif
