/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * consoles.h - the framebuffer consoles, which draw the virtual terminals on a display:
 * /sys/class/vtconsole (drivers/tty/vt/vt.c)
 */
#ifndef VFIO_CLAIM_LIVE_CONSOLES_H
#define VFIO_CLAIM_LIVE_CONSOLES_H

#include "../host/string_set.h"
#include "targets.h"

/* Returns the names of those that are bound to terminals, "vtcon1", or that do not tell in time.
 * The caller frees the set. */
struct string_set consoles_bound(const struct targets *targets);

/*
 * Unbinds one from its terminals, which the dummy console gets, and prints a line. Returns 0, or -1
 * after printing an error.
 */
int console_unbind(const struct targets *targets, const char *name);

/*
 * Binds all of them and prints one. A console goes and comes with the framebuffer of the display's
 * driver, perhaps under another name, and that may be there only a while after the driver
 * (drm_client_register() in drivers/gpu/drm/drm_client.c): waits for one, at most for the timeout.
 * A driver that makes no framebuffer within two seconds, as NVIDIA's without fbdev, has no console:
 * prints a warning and returns 0. Otherwise returns 0, or -1 after printing an error.
 */
int consoles_bind(const struct targets *targets);

#endif
