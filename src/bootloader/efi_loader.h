/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * efi_loader.h - what the boot loader that has started this boot says of itself, in variables of
 * the firmware (systemd's "Boot Loader Interface"); below /sys/firmware/efi/efivars
 */
#ifndef VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H
#define VFIO_CLAIM_BOOTLOADER_EFI_LOADER_H

#include <stdbool.h>

/*
 * The variable "Loader@name" as text, with a '?' for what is not ASCII: a new string, the caller's
 * to free. NULL when there is none, it cannot be read, or without memory. @sysroot: see
 * path_below().
 */
char *efi_loader_variable(const char *sysroot, const char *name);

/* Whether it is systemd-boot, and no other that may be installed, too. */
bool efi_loader_is_systemd_boot(const char *sysroot);

#endif
