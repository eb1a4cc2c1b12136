/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * menu_file.h - which file of this system a path in the boot menu means
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENU_FILE_H
#define VFIO_CLAIM_BOOTLOADER_MENU_FILE_H

/*
 * Returns the file that the boot loader reads for @path, which is relative to a partition that the
 * boot loader knows: the one with @menu, the file of the entry (NULL: not known), or else one
 * mounted at /boot, /efi, /boot/efi or /. GRUB's paths on btrfs and ZFS begin with the name of a
 * subvolume ("/@/boot/vmlinuz") or data set ("/BOOT/debian@/vmlinuz"), which is left out.
 * Backslashes count as slashes.
 * @sysroot: see path_below(). A new string, the path in this system with links followed; NULL if
 * there is no such file here.
 */
char *menu_file_find(const char *sysroot, const char *menu, const char *path);

#endif
