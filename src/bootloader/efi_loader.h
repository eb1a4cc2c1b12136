/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * efi_loader.h - what the boot loader of the running boot tells about itself in EFI variables
 * (systemd's "Boot Loader Interface"), below /sys/firmware/efi/efivars
 */
#ifndef VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H
#define VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H

#include <stdbool.h>

/*
 * Returns the variable "Loader@name" as text, with '?' for what is not ASCII: a new string, which
 * the caller frees. NULL if it does not exist or cannot be read, or if out of memory. @sysroot: see
 * path_below().
 */
char *efi_loader_variable(const char *sysroot, const char *name);

/* Returns true if that boot loader's name and version begin with @name. */
bool efi_loader_is(const char *sysroot, const char *name);

/* Returns true if that boot loader is systemd-boot, even if others are installed. */
bool efi_loader_is_systemd_boot(const char *sysroot);

#endif
