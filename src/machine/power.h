/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * power.h - the power state of a PCI function (Documentation/ABI/testing/sysfs-bus-pci:
 * power_state, since 5.12; Documentation/power/pci.rst)
 */
#ifndef VFIO_CLAIM_MACHINE_POWER_H
#define VFIO_CLAIM_MACHINE_POWER_H

#include <stdbool.h>

/*
 * Returns "D0", "D3hot", "D3cold", "unknown" and the like: a new string, which the caller frees, or
 * NULL if the kernel does not show it. @sysroot: see path_below(), here and below.
 */
char *power_state(const char *sysroot, const char *slot);

/* Returns true if @state is D3hot or D3cold: the function sleeps. */
bool power_is_d3(const char *state);

/*
 * Returns true if the function does not answer: its configuration space reads as ones. Not to be
 * called for one in D3cold, which reading it wakes (drivers/pci/pci-sysfs.c: pci_read_config()).
 */
bool power_is_gone(const char *sysroot, const char *slot);

#endif
