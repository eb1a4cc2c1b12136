/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry_name.h - names of entries that can be passed to the tools of boot loaders */
#ifndef VFIO_CLAIM_BOOTLOADER_ENTRY_NAME_H
#define VFIO_CLAIM_BOOTLOADER_ENTRY_NAME_H

/*
 * Checks that a name has only characters of the Boot Loader Specification (UAPI.1) and '~', and
 * does not look like an option. Returns 0, or -1 after printing an error.
 */
int entry_name_check(const char *name);

#endif
