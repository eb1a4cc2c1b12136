/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * entry_copies.h - the plugin of kernel-install(8) that copies entries of the Boot Loader
 * Specification: one without claims for each kernel, and named ones (named/named_entries.h). For
 * systemd-boot, it also gives the entries their tries (fallback/).
 */
#ifndef VFIO_CLAIM_BOOTLOADER_ENTRY_COPIES_H
#define VFIO_CLAIM_BOOTLOADER_ENTRY_COPIES_H

#include <stdbool.h>

#include "../host/changes.h"
#include "boot_menu.h"

#define ENTRY_COPIES_PLUGIN "/usr/lib/kernel/install.d/95-vfio-claim.install"

/* Returns true if the plugin can copy the entry: not a unified kernel image, for example. */
bool entry_copies_can(const struct menu_entry *entry);

/*
 * Returns the end of the name of an entry's file, if kernel-install has made the entry and the
 * plugin knows it by that name, TOKEN-VERSION: ".conf", or with tries "+3.conf" or "+1-2.conf", for
 * bls_tries(). NULL for other entries: of another system, or made by hand. A version may end in
 * "+3", too. @sysroot: see path_below().
 */
const char *entry_copies_end(const struct menu_entry *entry, const char *sysroot);

/*
 * Adds the steps that run the plugin for each kernel of @menu. @command: "add", as if the kernels
 * were new: it writes all copies of their entries again; "recount": it also forgets how many boots
 * have failed. Returns 0, or -1 after printing an error.
 */
int entry_copies_make(struct changes *changes, const struct boot_menu *menu, const char *command);

#endif
