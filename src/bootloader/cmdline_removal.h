/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cmdline_removal.h - how to remove an option from the kernel command line
 */
#ifndef VFIO_CLAIM_BOOTLOADER_CMDLINE_REMOVAL_H
#define VFIO_CLAIM_BOOTLOADER_CMDLINE_REMOVAL_H

/*
 * Describes how to remove @word on this system: a command if there is one, or else the file to edit
 * and what to run afterwards. @file: of the menu's entry that has the word, or NULL. @sysroot: see
 * path_below(). Returns a new string, which the caller frees, or NULL if out of memory.
 */
char *cmdline_removal(const char *sysroot, const char *file, const char *word);

#endif
