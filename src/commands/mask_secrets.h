/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mask_secrets.h - masks what identifies a machine, its users or its network
 *
 * Everything that is not known to be harmless is masked: "<ip-1>", "<serial-2>", "<masked-3>"; the
 * same secret always gets the same number, so that lines can still be compared. Known to be
 * harmless are plain words, unless they name this host or one of its users or follow a word like
 * "password"; PCI addresses and IDs; versions, short numbers and sizes; and the values of known
 * parameters.
 */
#ifndef VFIO_CLAIM_COMMANDS_MASK_SECRETS_H
#define VFIO_CLAIM_COMMANDS_MASK_SECRETS_H

#include <stdbool.h>

#include "mask_word.h"

/*
 * Prepares @mask with the names in /proc/sys/kernel/hostname and /etc/passwd below @sysroot, see
 * path_below(). Returns 0, and mask_free() must be called, or -ENOMEM.
 */
int mask_begin(struct mask *mask, const char *sysroot, bool off);

/* Returns @line with each secret masked: a new string, or NULL without memory. */
char *mask_line(struct mask *mask, const char *line);

/*
 * Returns @text, in which only names of this machine and its users may be secret, with these
 * masked: a new string, or NULL without memory.
 */
char *mask_names(struct mask *mask, const char *text);

/*
 * Returns a kernel command line with each secret masked, without what follows a bare "--": a new
 * string, or NULL without memory. Words that are not known are masked.
 */
char *mask_cmdline(struct mask *mask, const char *cmdline);

void mask_free(struct mask *mask);

#endif
