/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refind_menu.h - what rEFInd makes of a directory with kernels: it finds them by itself, takes
 * their command lines from refind_linux.conf beside them, and looks for their initramfs images
 * there (rEFInd's "Methods of Booting Linux"; refind/linux.c)
 */
#ifndef VFIO_CLAIM_BOOTLOADER_MENUS_REFIND_MENU_H
#define VFIO_CLAIM_BOOTLOADER_MENUS_REFIND_MENU_H

#include "../../host/string_set.h"

/* Returns the refind_linux.conf files of this system; the caller frees the set. */
struct string_set refind_menu_files(const char *sysroot);

/* Returns the paths of the kernels beside the refind_linux.conf @file, the newest first. */
struct string_set refind_menu_kernels(const char *sysroot, const char *file);

/*
 * Returns the options of line @index, counted from 0, of a refind_linux.conf, with the version of
 * @kernel for "%v": a new string; NULL if there are fewer lines, or if out of memory. The first
 * line is for the kernel's own entry, the others are for the submenu.
 */
char *refind_menu_options(const char *text, size_t index, const char *kernel);

/*
 * Returns the images that @options load with the kernel at @kernel: those named by "initrd=", or
 * the image beside the kernel whose name matches. The caller frees the set.
 */
struct string_set refind_menu_images(const char *sysroot, const char *kernel, const char *options);

#endif
