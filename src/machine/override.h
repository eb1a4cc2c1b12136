/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * override.h - a device's driver_override; reading it can hang
 */
#ifndef VFIO_CLAIM_MACHINE_OVERRIDE_H
#define VFIO_CLAIM_MACHINE_OVERRIDE_H

#include "../host/string_set.h"

/*
 * The driver_override of each of @slots into @overrides, which has room for as many pointers, all
 * NULL: "" for a function that has none, each a new string. NULL stays where it cannot be read,
 * after a warning if that takes more than two seconds: reading it takes the device's lock
 * (driver_override_show() in drivers/pci/pci-sysfs.c), which a stuck driver holds for ever.
 */
void overrides_read(const char *sysroot, const struct string_set *slots, char **overrides);

/* The same for one function: a new string, or NULL. */
char *override_read(const char *sysroot, const char *slot);

#endif
