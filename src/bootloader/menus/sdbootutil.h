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
 * Returns true if GRUB2-BLS starts this system, according to the boot loader that started the
 * running system, or else to LOADER_TYPE in /etc/sysconfig/bootloader, whose default is GRUB2-BLS.
 */
bool sdbootutil_uses_grub(const char *sysroot);

/*
 * Returns the name of the default entry that was chosen for GRUB2-BLS, without ".conf", in EFI
 * variables (@once: a choice for one boot counts, too) or in the environment block on the EFI
 * system partition: a new string, or NULL if none was chosen.
 */
char *sdbootutil_grub_choice(const char *sysroot, bool once);

#endif
