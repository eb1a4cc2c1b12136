/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "acs.h"

#include <pci/pci.h>
#include <stdlib.h>
#include <string.h>

#include "../core/selector.h"
#include "../host/options.h"
#include "../host/sysroot.h"
#include "power.h"

#define REQUIRED                                                                                   \
	(PCI_ACS_CAP_VALID | PCI_ACS_CAP_REQ_RED | PCI_ACS_CAP_CMPLT_RED | PCI_ACS_CAP_FORWARD)

/* struct pci_access.error: libpci cannot go on when this returns; nothing here makes it call it. */
static void __attribute__((noreturn, format(printf, 1, 2))) fail(char *format, ...)
{
	(void)format;
	exit(EXIT_FAILED);
}

/* struct pci_access.warning: of a file that cannot be opened or read. */
static void __attribute__((format(printf, 1, 2))) ignore(char *format, ...)
{
	(void)format;
}

/* Beyond the first 64 bytes only root can read; libpci then has ones. */
static enum acs judge(struct pci_dev *device)
{
	struct pci_cap *express, *acs;
	unsigned int type, controllable, on;

	pci_fill_info(device, PCI_FILL_CAPS | PCI_FILL_EXT_CAPS);
	express = pci_find_cap(device, PCI_CAP_ID_EXP, PCI_CAP_NORMAL);
	if (!express)
		return device->first_cap ? ACS_NO_PORT : ACS_UNKNOWN;
	type = (pci_read_word(device, express->addr + PCI_EXP_FLAGS) & PCI_EXP_FLAGS_TYPE) >> 4;
	if (type != PCI_EXP_TYPE_ROOT_PORT && type != PCI_EXP_TYPE_DOWNSTREAM)
		return ACS_NO_PORT;
	acs = pci_find_cap(device, PCI_EXT_CAP_ID_ACS, PCI_CAP_EXTENDED);
	if (!acs)
		return ACS_MISSING;
	controllable = pci_read_word(device, acs->addr + PCI_ACS_CAP);
	on = pci_read_word(device, acs->addr + PCI_ACS_CTRL);
	return REQUIRED & controllable & ~on ? ACS_OFF : ACS_ON;
}

static enum acs look(struct pci_access *access, const char *sysroot, const char *slot)
{
	char *bus = path_below(sysroot, "/sys/bus/pci");
	struct pci_address address;
	struct pci_dev *device;
	enum acs acs = ACS_UNKNOWN;

	if (bus && address_parse(slot, &address)) {
		pci_set_param(access, "sysfs.path", bus);
		pci_init(access);
		device = pci_get_dev(access, (int)address.domain, address.bus, address.device,
				     address.function);
		acs = judge(device);
		pci_free_dev(device);
	}
	free(bus);
	return acs;
}

enum acs acs_find(const char *sysroot, const char *slot)
{
	char *state = power_state(sysroot, slot);
	bool awake = !state || strcmp(state, "D3cold") != 0;
	struct pci_access *access;
	enum acs acs;

	free(state);
	if (!awake)
		return ACS_UNKNOWN;
	access = pci_alloc();
	access->method = PCI_ACCESS_SYS_BUS_PCI;
	access->error = fail;
	access->warning = ignore;
	acs = look(access, sysroot, slot);
	pci_cleanup(access);
	return acs;
}
