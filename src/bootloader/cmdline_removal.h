/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline_removal.h - how to remove another program's option from the kernel command line
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CMDLINE_REMOVAL_H
#define VFIO_CLAIM_BOOTLOADER_CMDLINE_REMOVAL_H

/*
 * Tells a person how to remove @word on this system: a command if there is one, or else the file
 * that has the word, if it is found. A new string, which the caller frees, or NULL without memory.
 * @sysroot: see path_below().
 */
char *cmdline_removal(const char *sysroot, const char *word);

#endif
