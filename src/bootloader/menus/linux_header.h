/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linux_header.h - the version of a kernel's file, by its x86 boot header
 * (Documentation/arch/x86/boot.rst, kernel_version)
 */
#ifndef VFIO_CLAIM_BOOTLOADER_LINUX_HEADER_H
#define VFIO_CLAIM_BOOTLOADER_LINUX_HEADER_H

/*
 * Returns the version of the kernel in the file @path, as 'uname -r' prints it: a new string. NULL
 * if the file has no such header, as on other architectures, or cannot be read. @sysroot: see
 * path_below().
 */
char *linux_header_version(const char *sysroot, const char *path);

#endif
