/* SPDX-License-Identifier: GPL-2.0-or-later */
/* esp_refresh.h - has proxmox-boot-tool write what its partitions start from anew */
#ifndef VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_REFRESH_H
#define VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_REFRESH_H

#include "../../host/changes.h"

/*
 * Must be called before the first step whose result the tool may copy. Adds the step that runs the
 * tool once more if a later one fails, and then reads the menus back; nothing if it was called
 * before, or if the tool is not in charge. Returns 0, or -1 after printing an error.
 */
int esp_refresh_prepare(struct changes *changes);

/* Adds the step that runs it. */
void esp_refresh(struct changes *changes);

#endif
