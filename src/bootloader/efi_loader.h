/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * efi_loader.h - what the boot loader of the running boot tells about itself in EFI variables
 * (systemd's "Boot Loader Interface"), below /sys/firmware/efi/efivars
 */
#ifndef VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H
#define VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Returns the variable "Loader@name" as text, with '?' for what is not ASCII: a new string, which
 * the caller frees. NULL if it does not exist or cannot be read, or if out of memory. @sysroot: see
 * path_below().
 */
char *efi_loader_variable(const char *sysroot, const char *name);

/*
 * Returns the name and version of that boot loader, from the variable "Info"; rEFInd, which does
 * not set it, is recognized by how it starts Linux. Or NULL.
 */
char *efi_loader_name(const char *sysroot);

/*
 * Returns true if the name of that boot loader begins with @name ("GRUB"), even if others are
 * installed.
 */
bool efi_loader_is(const char *sysroot, const char *name);

/* Returns true if it is systemd-boot. */
bool efi_loader_is_systemd_boot(const char *sysroot);

/* What systemd-boot can do, as its variable "LoaderFeatures" says. */
#define EFI_LOADER_COUNTS    (UINT64_C(1) << 4) /* it counts the boots of an entry */
#define EFI_LOADER_SORT_KEYS (UINT64_C(1) << 8) /* it sorts entries by sort-key */

/* Returns true if the boot loader has all @features. */
bool efi_loader_can(const char *sysroot, uint64_t features);

/* Returns true if the firmware verifies what it starts: Secure Boot is on. */
bool efi_secure_boot(const char *sysroot);

#endif
