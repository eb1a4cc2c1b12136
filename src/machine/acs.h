/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * acs.h - Access Control Services: whether a PCI Express port keeps the devices behind it apart
 */
#ifndef VFIO_CLAIM_MACHINE_ACS_H
#define VFIO_CLAIM_MACHINE_ACS_H

enum acs {
	ACS_UNKNOWN, /* its configuration space cannot be read: that takes root, and it must be
			awake */
	ACS_NO_PORT, /* neither a root port nor a downstream port of a switch */
	ACS_MISSING,
	ACS_OFF,
	ACS_ON,
};

/*
 * Finds out what the function at @slot has, by its configuration space. ACS_ON takes what the
 * kernel needs to put what is behind a port into groups of its own (drivers/iommu/iommu.c:
 * REQ_ACS_FLAGS); what the port cannot control counts as on (drivers/pci/pci.c:
 * pci_acs_flags_enabled()). The kernel also knows ports without it that keep devices apart
 * (drivers/pci/quirks.c: pci_dev_acs_enabled[]). @sysroot: see path_below().
 */
enum acs acs_find(const char *sysroot, const char *slot);

#endif
