/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limine_tool.h - what limine-entry-tool and its hooks for initramfs generators write. @sysroot:
 * see path_below().
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_LIMINE_TOOL_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_LIMINE_TOOL_H

#include "../../host/string_set.h"

/* The program that makes the entries; it is installed with every hook. */
#define LIMINE_TOOL "limine-entry-tool"

/*
 * Returns the command that makes images and entries, a constant: that of the hook for the generator
 * in use, which does not use presets, or limine-update; NULL if none is installed.
 */
const char *limine_tool(const char *sysroot);

/*
 * Returns the existing directories into which it writes kernels and images: ESP/MACHINE-ID/KERNEL
 * and ESP/EFI/Linux. The caller frees the set.
 */
struct string_set limine_tool_directories(const char *sysroot);

#endif
