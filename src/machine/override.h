/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * override.h - a device's driver_override; reading it can hang
 */
#ifndef VFIO_CLAIM_MACHINE_OVERRIDE_H
#define VFIO_CLAIM_MACHINE_OVERRIDE_H

/*
 * The driver_override of a function, "" when it has none: a new string. NULL if it cannot be
 * read, after a warning if that takes more than two seconds: reading it takes the device's lock
 * (driver_override_show() in drivers/pci/pci-sysfs.c), which a stuck driver holds for ever.
 */
char *override_read(const char *sysroot, const char *slot);

#endif
