/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * addons.h - add-ons of unified kernel images: PE files whose sections systemd-stub(7) adds to
 * those of an image, so that the image itself, and its signature, stay as they are
 */
#ifndef VFIO_CLAIM_BOOTLOADER_ADDONS_H
#define VFIO_CLAIM_BOOTLOADER_ADDONS_H

#include <stdbool.h>

#include "../host/string_set.h"

/* The first versions of systemd-stub that add a command line, and an initramfs (systemd's NEWS). */
#define ADDONS_STUB        254
#define ADDONS_STUB_INITRD 257

/*
 * Returns the command line that the unified kernel image @image starts with: @cmdline, its own,
 * which is freed, followed by those of its add-ons in the stub's order. Add-ons that the stub
 * ignores are left out: those for another kernel and, under Secure Boot, those without a signature.
 * NULL if out of memory, or if @cmdline is NULL. @sysroot: see path_below(), as below.
 */
char *addons_append(char *cmdline, const char *sysroot, const char *image);

/*
 * Returns the directory of the add-ons for all images of @image's partition, "/efi/loader/addons":
 * a new string; NULL if out of memory, or if @image is not in a directory EFI/Linux.
 */
char *addons_directory(const char *image);

/* Returns the add-ons that add an initramfs to the image, in the stub's order. */
struct string_set addons_with_initrd(const char *sysroot, const char *image);

/* Returns true if the stub of the image uses the command lines of add-ons. */
bool addons_are_read(const char *sysroot, const char *image);

#endif
