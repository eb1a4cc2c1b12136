/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_BOOT_VERBS_H
#define VFIO_CLAIM_BOOT_VERBS_H

/* What a verb returns is the program's exit status. */
#define EXIT_DONE     0 /* all that was asked is done, or nothing was asked */
#define EXIT_NOT_DONE 1 /* something asked for was not done; the log says what */
#define EXIT_USAGE    2

/*
 * Writes the driver_override of every device that the kernel command line claims, so that no other
 * driver can take it. Loads nothing; the boot waits for it. @root: / or the --sysroot.
 */
int verb_reserve(int root);

/*
 * Completes the claims: loads the vfio modules, takes the devices from the drivers that have them,
 * binds them, and gives back what could not be completed. Does nothing when another run of it has
 * completed, and waits for one that is under way.
 */
int verb_bind(int root);

/*
 * As verb_bind(), beside the rest of the boot, but leaves for verb_bind() what another driver
 * holds. An unbind may be stuck for ever with the device's lock, and there are kernels where
 * whoever looks at the device then is stuck too (uevent_show() in drivers/base/core.c): udev, which
 * the boot waits for.
 */
int verb_bind_early(int root);

#endif
