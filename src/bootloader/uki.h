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
 * which may be behind the end of the file. Returns false if there is no such section.
 */
bool uki_find_section(int fd, const char *name, off_t *start, off_t *end);

/*
 * The command line of the image at @path, without a newline at its end: a new string, the caller's
 * to free. NULL when it has none, is no such image, or cannot be read. @sysroot: see path_below().
 */
char *uki_cmdline(const char *sysroot, const char *path);

/*
 * The version of the kernel in it, as 'uname -r' prints it (section .uname, which systemd's ukify
 * adds): as above.
 */
char *uki_kernel(const char *sysroot, const char *path);

/* The os-release(5) in it (section .osrel), all lines: as above. */
char *uki_os_release(const char *sysroot, const char *path);

#endif
