/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * override.h - a device's driver_override, which can hang whoever reads it
 */
#ifndef VFIO_CLAIM_MACHINE_OVERRIDE_H
#define VFIO_CLAIM_MACHINE_OVERRIDE_H

/*
 * The driver_override of a function, "" when it has none: a new string. NULL when it cannot be
 * read; when it is not there within two seconds, after a message: reading it takes the device's
 * lock (driver_override_show() in drivers/pci/pci-sysfs.c), and a driver that never lets go of the
 * device holds that for ever.
 */
char *override_read(const char *sysroot, const char *slot);

#endif
