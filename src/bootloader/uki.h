/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * uki.h - unified kernel images: PE files with the kernel, its initramfs and its command line as
 * sections (UAPI.5; Microsoft's "PE Format")
 */
#ifndef VFIO_CLAIM_BOOTLOADER_UKI_H
#define VFIO_CLAIM_BOOTLOADER_UKI_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Finds the section @name (".initrd") of the open file @fd: its bytes are from @start to @end,
 * which may be past the end of the file. Returns false if there is no such section.
 */
bool uki_find_section(int fd, const char *name, off_t *start, off_t *end);

/*
 * Returns the command line of the image at @path, without a trailing newline: a new string, which
 * the caller frees. NULL if it has none, is not such an image, or cannot be read. @sysroot: see
 * path_below().
 */
char *uki_cmdline(const char *sysroot, const char *path);

/*
 * Likewise returns the version of its kernel, as 'uname -r' prints it (section .uname, added by
 * systemd's ukify).
 */
char *uki_kernel(const char *sysroot, const char *path);

/* Likewise returns all lines of its os-release(5) (section .osrel). */
char *uki_os_release(const char *sysroot, const char *path);

#endif
