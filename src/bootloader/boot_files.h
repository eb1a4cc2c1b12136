/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_files.h - where the files of boot loaders are. @sysroot: see path_below(). Returned strings
 * and sets are new and the caller's to free.
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_FILES_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_FILES_H

#include "../host/string_set.h"

/* Returns the files of the type 1 entries, links followed; another system's may be among them. */
struct string_set boot_files_entries(const char *sysroot);

/* Returns the unified kernel images. */
struct string_set boot_files_images(const char *sysroot);

/* Returns the grub.cfg files that have a menu, and those that are there but cannot be read. */
struct string_set boot_files_grub(const char *sysroot);

/*
 * Returns the text of the grub.cfg @file, with that of the custom.cfg beside it if it reads that;
 * NULL with errno, see config_text().
 */
char *boot_files_grub_text(const char *sysroot, const char *file);

/*
 * Returns the text of the grub.cfg that shows the entries of the Boot Loader Specification, or
 * NULL; *@file is then its path, or NULL.
 */
char *boot_files_grub_with_entries(const char *sysroot, char **file);

/*
 * Returns GRUB's variable kernelopts, which is the kernel command line of entries with "options
 * $kernelopts": from its environment block or, where that has none, as grub.cfg sets it. Or NULL.
 */
char *boot_files_kernelopts(const char *sysroot);

/*
 * Returns the directory among /boot, /efi and /boot/efi that fstab(5) mounts and that is not
 * mounted, a constant; NULL when there is none, or it is not known what is mounted.
 */
const char *boot_files_unmounted(const char *sysroot);

#endif
