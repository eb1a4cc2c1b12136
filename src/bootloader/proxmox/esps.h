/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * esps.h - the EFI system partitions that proxmox-boot-tool fills, and a Proxmox system starts from
 *
 * If /etc/kernel/proxmox-boot-uuids names any, the boot loader reads only what proxmox-boot-tool
 * has copied to them; they are usually not mounted. Which loader a partition has is decided as in
 * the tool's zz-proxmox-boot, update_esp_func() (proxmox-kernel-helper 8.1.0).
 */
#ifndef VFIO_CLAIM_BOOTLOADER_PROXMOX_ESPS_H
#define VFIO_CLAIM_BOOTLOADER_PROXMOX_ESPS_H

#include <stdbool.h>
#include <stddef.h>

#define ESPS_FILE "/etc/kernel/proxmox-boot-uuids"

enum esp_loader { ESP_NONE, ESP_SYSTEMD_BOOT, ESP_GRUB };

struct esp {
	char *uuid; /* as in the file */
	char *node; /* of its block device, links followed, inside the sysroot; NULL: missing */
	/*
	 * The directory, inside the sysroot, with its menu: where it is mounted, or else one with
	 * copies of its menu's files, for this program only. NULL: it cannot be read.
	 */
	char *root;
	enum esp_loader loader;
	char *why;    /* why it cannot be used, for a message; NULL: it can be used */
	bool skipped; /* proxmox-boot-tool leaves it out as well */
};

/* Returns true if proxmox-boot-tool is in charge. @sysroot: see path_below(), as below. */
bool esps_in_charge(const char *sysroot);

/* Reads all partitions again, and chooses the one that the next boot starts from. */
void esps_look(const char *sysroot);

/* Returns number @index, counted from 0, of those found by esps_look(); NULL: no more. */
const struct esp *esps_at(size_t index);

/*
 * Returns the partition whose menu counts as the boot menu: the one from which systemd-boot started
 * the running system, or else the first that can be used, or the one of esps_choose(). NULL if none
 * can be used. Calls esps_look() if that has not been done.
 */
const struct esp *esps_chosen(const char *sysroot);

/* Makes another one the chosen one, until the next esps_look() or esps_choose(NULL). */
void esps_choose(const struct esp *esp);

/* Returns true if a partition that can be used has this loader. */
bool esps_have(const char *sysroot, enum esp_loader loader);

/*
 * Compares the file @name on the partition with the open file @fd. Returns 0 if it is the same,
 * ESTALE if not, or another errno (positive).
 */
int esps_compare(const char *sysroot, const struct esp *esp, const char *name, int fd);

#endif
