/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mask_secrets.h - takes out of a text what is nobody else's business
 */
#ifndef VFIO_CLAIM_COMMANDS_MASK_SECRETS_H
#define VFIO_CLAIM_COMMANDS_MASK_SECRETS_H

#include <regex.h>
#include <stdbool.h>

/* How many kinds of secrets are known by their form. */
#define MASK_KINDS 7

struct mask {
	bool off;         /* nothing is masked */
	char *host;       /* the machine's name; NULL for none */
	char *host_label; /* its first part, where it has more; or NULL */
	regex_t form[MASK_KINDS];
};

/*
 * Prepares it. @sysroot: see path_below(); the machine's name is read below it. Gives 0 or -ENOMEM;
 * to be freed with mask_free() after 0.
 */
int mask_begin(struct mask *mask, const char *sysroot, bool off);

/* Gives @line with "<uuid>", "<mac>", "<ip>", "<serial>" or "<host>" in place of each such thing, a
 * new string; NULL without memory. */
char *mask_line(const struct mask *mask, const char *line);

/*
 * Gives a kernel command line, which is cut up, with the values of the parameters that are known to
 * be harmless and "<masked>" in place of all others, a new string; NULL without memory.
 */
char *mask_cmdline(const struct mask *mask, char *cmdline);

void mask_free(struct mask *mask);

#endif
