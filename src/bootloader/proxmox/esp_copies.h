/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esp_copies.h - copies of the boot menu's files on a partition that is not mounted, for this
 * process and as long as it runs
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_COPIES_H
#define VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_COPIES_H

/*
 * Copies the files that the readers of menus read from the partition @node, in place of earlier
 * copies. @uuid: its name, safe in a path. *@directory: set to where they are, inside the sysroot,
 * a new string for the caller to free. @sysroot: see path_below(); it must outlive this process's
 * main(). Returns 0 or an errno (positive), as visit_unmounted().
 */
int esp_copies_make(const char *sysroot, const char *uuid, const char *node, char **directory);

/*
 * Returns the part of the path of a menu's file that says where it is: "1234-ABCD/grub/grub.cfg" in
 * a copy, otherwise the path.
 */
const char *esp_copies_name(const char *file);

#endif
