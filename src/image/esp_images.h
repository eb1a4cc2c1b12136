/* SPDX-License-Identifier: GPL-2.0-or-later */
/* esp_images.h - the copies of initramfs images from which proxmox-boot-tool starts the system */
#ifndef VFIO_CLAIM_IMAGE_ESP_IMAGES_H
#define VFIO_CLAIM_IMAGE_ESP_IMAGES_H

/*
 * Checks that each partition of proxmox-boot-tool that can be used has the installed image of each
 * kernel in its menu; a step for changes_call(). Nothing if the tool is not in charge. @sysroot:
 * see path_below(). @subject: unused. Returns 0, or -1 after printing errors.
 */
int esp_images_check(const char *sysroot, const char *subject);

#endif
