/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_entries.h - changes the entries of the Boot Loader Specification that no tool rewrites
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PLACES_LOADER_ENTRIES_H
#define VFIO_CLAIM_BOOTLOADER_PLACES_LOADER_ENTRIES_H

#include "../../host/changes.h"

/*
 * Adds the steps that set @words in all normal entries of the menu that are text files. Returns 0,
 * or -1 after printing an error.
 */
int loader_entries_set(struct changes *changes, const char *words);

#endif
