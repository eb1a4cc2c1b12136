/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_order.h - the order in which systemd-boot shows the entries of the boot menu, and its
 * default entry (systemd's src/boot/boot.c, config_select_default_entry(); loader.conf(5),
 * systemd-boot(7))
 */
#ifndef VFIO_CLAIM_BOOTLOADER_LOADER_ORDER_H
#define VFIO_CLAIM_BOOTLOADER_LOADER_ORDER_H

#include <stdbool.h>

#include "boot_menu.h"

/*
 * Returns the entry that it starts: the one chosen for the next boot, if @once; the one chosen by
 * bootctl or loader.conf, first as preferred and then as the default; or else the first one. NULL
 * if there is no entry.
 * *@elsewhere: set if it starts something that it finds itself ("auto-windows"). @sysroot: see
 * path_below().
 */
const struct menu_entry *loader_order_default(const struct boot_menu *menu, const char *sysroot,
					      bool once, bool *elsewhere);

/*
 * Returns the entry that it starts when @plain, the default entry, has no tries left ("Automatic
 * Boot Assessment" of systemd): NULL if that is not one of @menu. *@narrow: set if the default is
 * chosen, by bootctl or loader.conf, in a way that does not go with counting tries.
 */
const struct menu_entry *loader_order_after(const struct boot_menu *menu, const char *sysroot,
					    const struct menu_entry *plain, bool *narrow);

#endif
