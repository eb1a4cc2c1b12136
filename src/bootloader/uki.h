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
 * Returns the text of the section @name (".cmdline") of the image at @path, up to its first NUL: a
 * new string, which the caller frees. NULL if it has none of at most 64 KiB, is not such an image,
 * or cannot be read. @sysroot: see path_below(), as below.
 */
char *uki_section(const char *sysroot, const char *path, const char *name);

/* Returns true if the image at @path has a section @name that is not empty, of any size. */
bool uki_has_section(const char *sysroot, const char *path, const char *name);

/*
 * Returns the command line of the image at @path, with blanks instead of newlines and without those
 * at its end: a new string, which the caller frees. NULL if it has none, is not such an image, or
 * cannot be read. @sysroot: see path_below().
 */
char *uki_cmdline(const char *sysroot, const char *path);

/*
 * Likewise returns the version of its kernel, as 'uname -r' prints it (section .uname, added by
 * systemd's ukify).
 */
char *uki_kernel(const char *sysroot, const char *path);

/* Likewise returns all lines of its os-release(5) (section .osrel). */
char *uki_os_release(const char *sysroot, const char *path);

/*
 * Returns the version of the systemd-stub that starts the image at @path, 257; 0 if it has another
 * stub or cannot be read.
 */
unsigned int uki_stub_version(const char *sysroot, const char *path);

/* Returns true if the image at @path has a signature; whose is not known. */
bool uki_is_signed(const char *sysroot, const char *path);

#endif
