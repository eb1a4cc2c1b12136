/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * verify_menu.h - whether the boot menu is as it was to become
 */
#ifndef VFIO_CLAIM_BOOTLOADER_VERIFY_MENU_H
#define VFIO_CLAIM_BOOTLOADER_VERIFY_MENU_H

/*
 * Checks that every normal entry of the boot menu has all @words and no other claims; a step for
 * changes_call(). Returns 0, also when there is no menu, after a warning; or -1 after printing an
 * error that names the entry, and the setting that it comes from if that is found. @sysroot: see
 * path_below().
 */
int verify_menu(const char *sysroot, const char *words);

#endif
