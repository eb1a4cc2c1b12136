/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * image_paths.h - where an image has what is ours
 */
#ifndef VFIO_CLAIM_IMAGE_IMAGE_PATHS_H
#define VFIO_CLAIM_IMAGE_IMAGE_PATHS_H

#define IMAGE_DIRECTORY "/usr/lib/vfio-claim" /* fixed: the glue in the image calls it there */
#define IMAGE_PROGRAM   IMAGE_DIRECTORY "/vfio-claim-boot"
#define IMAGE_PROTECTED IMAGE_DIRECTORY "/protected"
#define IMAGE_VARIANTS  IMAGE_DIRECTORY "/variants"
/* Only in an add-on's initramfs (addon_image.h): the real root completes the claims. */
#define IMAGE_LATER    IMAGE_DIRECTORY "/vfio-claim-complete.service"
#define IMAGE_TMPFILES "/usr/bin/systemd-tmpfiles" /* systemd's own */
#define IMAGE_CONF     "/etc/vfio-claim.conf"

#endif
