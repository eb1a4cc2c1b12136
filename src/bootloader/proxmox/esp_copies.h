/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esp_copies.h - copies of the boot menu's files on a partition that is not mounted, for this
 * process only, as long as it runs
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_COPIES_H
#define VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_COPIES_H

/*
 * Copies the files that the readers of menus need from the partition @node, in place of earlier
 * copies. @uuid: the partition's name, safe in a path. *@directory: set to the directory of the
 * copies, inside the sysroot, a new string for the caller to free. @sysroot: see path_below(); it
 * must outlive this process's main(). Returns 0 or an errno (positive), as visit_unmounted().
 */
int esp_copies_make(const char *sysroot, const char *uuid, const char *node, char **directory);

/*
 * Returns the end of the path of a menu's file that names it: "1234-ABCD/grub/grub.cfg" for a copy,
 * otherwise the whole path.
 */
const char *esp_copies_name(const char *file);

#endif
