/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline_removal.h - how a word of somebody else's is taken off the kernel command line
 */
#ifndef VFIO_CLAIM_CLI_CMDLINE_REMOVAL_H
#define VFIO_CLAIM_CLI_CMDLINE_REMOVAL_H

/*
 * How @word is taken off on this system, for a person: a command where there is one, or else the
 * file that has it, if one is found. A new string, which the caller frees, or NULL without memory.
 * @sysroot: see path_below().
 */
char *cmdline_removal(const char *sysroot, const char *word);

#endif
