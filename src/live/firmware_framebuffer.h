/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * firmware_framebuffer.h - the framebuffer that the firmware has left on a display: a platform
 * device (drivers/firmware/sysfb.c) whose driver keeps part of the card's memory
 */
#ifndef VFIO_CLAIM_LIVE_FIRMWARE_FRAMEBUFFER_H
#define VFIO_CLAIM_LIVE_FIRMWARE_FRAMEBUFFER_H

#include "../host/string_set.h"
#include "targets.h"

/*
 * Returns those that have a driver, each as "DRIVER DEVICE", such as "efi-framebuffer
 * efi-framebuffer.0". The caller frees the set.
 */
struct string_set framebuffers_bound(const struct targets *targets);

/* Unbinds one, as framebuffers_bound() names it, and prints a line. Returns 0, or -1 after printing
 * an error. */
int framebuffer_unbind(const struct targets *targets, const char *framebuffer);

/*
 * Binds one again and prints a line. Does nothing if it is bound, or not there any more: the card's
 * own driver removes it for good (aperture_remove_conflicting_pci_devices()), and draws itself.
 * Returns as framebuffer_unbind().
 */
int framebuffer_bind(const struct targets *targets, const char *framebuffer);

#endif
