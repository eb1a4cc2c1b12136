/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verify_menu.h - verifies the boot menu after a change */
#ifndef VFIO_CLAIM_BOOTLOADER_VERIFY_MENU_H
#define VFIO_CLAIM_BOOTLOADER_VERIFY_MENU_H

/*
 * Checks that every normal entry of the boot menu has all @words and no other claims, and that of
 * each partition of proxmox-boot-tool; a step for changes_call(). Returns 0, with a warning if
 * there is no menu, or -1 after printing an error that names the entry and, if known, the setting
 * that causes it. @sysroot: see path_below().
 */
int verify_menu(const char *sysroot, const char *words);

#endif
