/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot_files.h - where the files of boot loaders are. @sysroot: see path_below(). The caller frees
 * returned strings and sets. If proxmox-boot-tool is in charge, they are on the partition that is
 * chosen (proxmox/esps.h).
 */
#ifndef VFIO_CLAIM_BOOTLOADER_BOOT_FILES_H
#define VFIO_CLAIM_BOOTLOADER_BOOT_FILES_H

#include <stdbool.h>

#include "../host/string_set.h"

/* Where the boot partition and the EFI system partition may be mounted; some may be the same. */
#define BOOT_FILES_ROOTS "/boot", "/efi", "/boot/efi"

/* Returns the files of the type 1 entries, links followed; another system's may be included. */
struct string_set boot_files_entries(const char *sysroot);

/* Returns the unified kernel images. */
struct string_set boot_files_images(const char *sysroot);

/* Returns the limine.conf that limine uses, if there is one. */
struct string_set boot_files_limine(const char *sysroot);

/* The file that u-boot-menu makes for U-Boot. */
#define BOOT_FILES_EXTLINUX "/boot/extlinux/extlinux.conf"

/*
 * Returns true if U-Boot starts this system from that file: it is not an EFI program, and has a
 * device tree or no other boot menu.
 */
bool boot_files_extlinux_is_read(const char *sysroot);

/* Returns the text of systemd-boot's loader.conf, or NULL. */
char *boot_files_loader_conf(const char *sysroot);

/* Returns the add-ons for all unified kernel images of a partition, those of systemd-stub(7). */
struct string_set boot_files_addons(const char *sysroot);

/* Returns the grub.cfg files that have a menu, and those that cannot be read. */
struct string_set boot_files_grub(const char *sysroot);

/*
 * Returns the text of the grub.cfg @file and of the custom.cfg next to it, if it reads that; NULL
 * with errno, see config_text().
 */
char *boot_files_grub_text(const char *sysroot, const char *file);

/* Returns the grub.cfg files that show the entries of the Boot Loader Specification (blscfg). */
struct string_set boot_files_grub_bls(const char *sysroot);

/* Returns the text of the first of these, or NULL; *@file is then its path, or NULL. */
char *boot_files_grub_with_entries(const char *sysroot, char **file);

/*
 * Returns GRUB's variable kernelopts, which is the kernel command line of entries with "options
 * $kernelopts": from its environment block or else grub.cfg. Or NULL.
 */
char *boot_files_kernelopts(const char *sysroot);

/*
 * Returns the directory among /boot, /efi and /boot/efi (a constant) that is in fstab(5) but not
 * mounted; NULL if there is none, or the mounts are not known.
 */
const char *boot_files_unmounted(const char *sysroot);

/*
 * Returns the directory of its file system that is mounted at @target: "/" for all of it, "/@" for
 * a subvolume of btrfs. NULL if nothing is mounted there, or the mounts are not known.
 */
char *boot_files_subvolume(const char *sysroot, const char *target);

#endif
