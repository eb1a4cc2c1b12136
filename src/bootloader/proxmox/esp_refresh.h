/* SPDX-License-Identifier: GPL-2.0-or-later */
/* esp_refresh.h - makes proxmox-boot-tool rewrite what its partitions start from */
#ifndef VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_REFRESH_H
#define VFIO_CLAIM_BOOTLOADER_PROXMOX_ESP_REFRESH_H

#include "../../host/changes.h"

/*
 * Must be called before the first step whose result the tool may copy. Adds the step that, if a
 * later step fails, runs the tool once more and then reads the menus back. Adds nothing if it was
 * called before, or if the tool is not in charge. Returns 0, or -1 after printing an error.
 */
int esp_refresh_prepare(struct changes *changes);

/* Adds the step that runs the tool. */
void esp_refresh(struct changes *changes);

#endif
