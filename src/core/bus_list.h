/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's own list of the PCI functions, /proc/bus/pci/devices: one file with the IDs of all
 * of them, which costs a quarter of what reading every modalias does.
 */
#ifndef VFIO_CLAIM_CORE_BUS_LIST_H
#define VFIO_CLAIM_CORE_BUS_LIST_H

#include <stdbool.h>

#include "selector.h"

/*
 * Finds out which functions can have an ID that @claims name. @sys: see sysfs.h. Returns an array
 * for bus_list_place(), which the caller frees; NULL if the list does not help: there is none, it
 * cannot be read, or a claim is not by an ID with a vendor. The list knows neither domains nor
 * classes, so what it finds is still to be looked at in sysfs.
 */
bool *bus_list_find(int sys, const struct selectors *claims);

/* Returns where the function at @address is in the array; functions of several domains share it. */
unsigned int bus_list_place(const struct pci_address *address);

#endif
