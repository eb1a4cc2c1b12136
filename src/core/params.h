/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel command line, taken apart exactly as the kernel does it (lib/cmdline.c: next_arg(),
 * kernel/params.c: parse_args(), parameq()): anything else would claim what the kernel's own
 * vfio-pci.ids= would not, or the reverse.
 */
#ifndef VFIO_CLAIM_CORE_PARAMS_H
#define VFIO_CLAIM_CORE_PARAMS_H

#include <stdbool.h>

/* One parameter; both point into the command line, which is cut up in place. */
struct param {
	char *name;
	char *value; /* NULL when there is no '=' */
};

/*
 * Takes the next parameter off the NUL-terminated text at *@cursor, writing NULs into it, and moves
 * *@cursor on. False at the end and at a bare "--": what follows that is for init.
 */
bool param_next(char **cursor, struct param *param);

/* Returns true if two parameter names are the same to the kernel, for which '-' and '_' are. */
bool param_named(const struct param *param, const char *name);

/*
 * Takes the next item off the list at *@cursor, white space around it removed; items end at any
 * character of @separators (or only at the end of the text), and empty ones are passed over. NULL
 * at the end. Writes NULs into the list.
 */
char *param_item(char **cursor, const char *separators);

#endif
