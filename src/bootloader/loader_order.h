/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loader_order.h - the order in which systemd-boot shows the entries of the boot menu, and the one
 * of them that it starts by itself (systemd's src/boot/boot.c, config_select_default_entry();
 * loader.conf(5), systemd-boot(7))
 */
#ifndef VFIO_CLAIM_BOOTLOADER_LOADER_ORDER_H
#define VFIO_CLAIM_BOOTLOADER_LOADER_ORDER_H

#include <stdbool.h>

#include "boot_menu.h"

/*
 * The entry that it starts: what was chosen for the next boot, if @once; what bootctl has chosen
 * and loader.conf says, first as preferred and then as the default; or else the first one. NULL
 * when there is no entry.
 * *@elsewhere: it starts something that it finds itself ("auto-windows"). @sysroot: see
 * path_below().
 */
const struct menu_entry *loader_order_default(const struct boot_menu *menu, const char *sysroot,
					      bool once, bool *elsewhere);

#endif
