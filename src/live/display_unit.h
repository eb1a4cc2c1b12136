/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * display_unit.h - systemd's unit that runs the desktop: whether it runs, stopped and started
 */
#ifndef VFIO_CLAIM_LIVE_DISPLAY_UNIT_H
#define VFIO_CLAIM_LIVE_DISPLAY_UNIT_H

/* An alias of whichever display manager is enabled: systemd.special(7). */
#define DISPLAY_MANAGER "display-manager.service"

/* Keeps NVIDIA's cards initialized, and so open. */
#define NVIDIA_DAEMON "nvidia-persistenced.service"

/*
 * Returns the unit's own name, "gdm.service", if it runs, is being started or stopped: a new
 * string. NULL if not, if there is no such unit, or no systemd. @sysroot: see path_below(); there
 * it is asked in a chroot.
 */
char *display_unit_running(const char *sysroot, const char *unit);

/*
 * Stops the unit and checks that it is: systemctl(1). Waits 90 seconds for that, which is what
 * systemd itself waits for. Returns 0, or -1 after printing an error.
 */
int display_unit_stop(const char *sysroot, const char *unit);

/* Starts the unit, and checks that it runs. Returns as display_unit_stop(). */
int display_unit_start(const char *sysroot, const char *unit);

#endif
