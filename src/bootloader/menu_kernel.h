/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_kernel.h - which kernel an entry of the boot menu starts
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENU_KERNEL_H
#define VFIO_CLAIM_BOOTLOADER_MENU_KERNEL_H

/*
 * Returns the version of the kernel at @path, as 'uname -r' prints it, by its name:
 * "/vmlinuz-6.1.0", "/TOKEN/6.1.0/linux" (kernel-install(8)), "/TOKEN/6.1.0/linux-SHA1"
 * (sdbootutil), "/EFI/Linux/TOKEN-6.1.0.efi", "/vmlinuz-linux" by the pkgbase of an installed
 * kernel (Arch), or a link to one of these; or else by what the file itself tells.
 * @menu, @path: as for menu_file_find(); @path may be NULL. @sysroot: see path_below(). Returns a
 * new string, or NULL if it cannot be determined.
 */
char *menu_kernel_version(const char *sysroot, const char *menu, const char *path);

#endif
