/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sdbootutil.h - systems whose boot entries sdbootutil makes: openSUSE Tumbleweed, MicroOS and
 * their relatives, with systemd-boot or with a GRUB that reads the entries itself (GRUB2-BLS)
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_SDBOOTUTIL_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_SDBOOTUTIL_H

#include <stdbool.h>

#include "../boot_menu.h"

/*
 * Returns true if sdbootutil is installed and has made an entry of the menu: its kernels are named
 * "linux-SHA1". @sysroot: see path_below(), as below.
 */
bool sdbootutil_is_here(const char *sysroot, const struct boot_menu *menu);

/*
 * Returns true if GRUB2-BLS starts this system: by the boot loader of the running boot, or else by
 * LOADER_TYPE in /etc/sysconfig/bootloader, whose default it is.
 */
bool sdbootutil_uses_grub(const char *sysroot);

/*
 * Returns the name of the default entry that was chosen for GRUB2-BLS, without ".conf": in EFI
 * variables (@once: the choice for one boot counts), or in the environment block on the EFI system
 * partition. A new string, or NULL if there is none.
 */
char *sdbootutil_grub_choice(const char *sysroot, bool once);

#endif
