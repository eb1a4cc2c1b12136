/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pci_parents.h - the PCI function that a device of another bus depends on
 */
#ifndef VFIO_CLAIM_MACHINE_PCI_PARENTS_H
#define VFIO_CLAIM_MACHINE_PCI_PARENTS_H

/*
 * The function whose child the device at @path is: the last one on its way, "0000:00:14.0" of
 * "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-2". @path: of its directory in sysfs, links
 * followed. Returns a new string, which the caller frees, or NULL when it is on no PCI bus.
 */
char *pci_parent(const char *path);

#endif
