/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_power.c - claimed devices: power states, resizable BARs, and ports that keep them apart
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/sysroot_files.h"
#include "../../machine/acs.h"
#include "../../machine/pci_parents.h"
#include "../../machine/power.h"
#include "../../machine/resizable_bar.h"
#include "../../plan/remembered.h"
#include "check.h"

#define DEVICES "/sys/bus/pci/devices"

#define MIB 1048576ULL

#define OPTION "vfio_pci.disable_idle_d3=1"

/* --- power -------------------------------------------------------------------------------------
 */

/* Returns how to keep devices awake. */
static const char *stay_awake(const struct check *check)
{
	return remembered_any(check->sysroot) ? "vfio-claim enable --add --option " OPTION
					      : "add " OPTION " to the kernel command line";
}

static void tell_gone(struct check *check, const char *slot)
{
	finding_add_device(
		&check->findings, LEVEL_PROBLEM, "power", slot,
		"it does not answer (its configuration space reads as ones): it is stuck "
		"in D3, has failed a reset, or has no power; turn the machine off and on, "
		"and if vfio-pci had put it to sleep, keep it awake");
	finding_fix(&check->findings, "%s", stay_awake(check));
}

/* What vfio-pci does with devices that no guest has: disable_idle_d3 (drivers/vfio/pci). */
static void tell_asleep(struct check *check, const char *slot, const char *state)
{
	if (strcmp(state, "D3cold") == 0) {
		finding_add_device(
			&check->findings, LEVEL_WARNING, "power", slot,
			"vfio-pci lets it sleep in D3cold while no guest has it; some "
			"devices do not wake up, and the guest's start fails with "
			"\"Unable to change power state from D3cold to D0\"; if so, keep "
			"it awake");
		finding_fix(&check->findings, "%s", stay_awake(check));
	} else {
		finding_add_device(&check->findings, LEVEL_OK, "power", slot,
				   "vfio-pci lets it sleep in %s while no guest has it; if it does "
				   "not wake up (\"stuck in D3\"): %s",
				   state, stay_awake(check));
	}
}

static void tell_awake(struct check *check, const char *slot, const char *state)
{
	char *off = sysroot_read(check->sysroot, "/sys/module/vfio_pci/parameters/disable_idle_d3");

	if (off && off[0] == 'Y')
		finding_add_device(&check->findings, LEVEL_OK, "power", slot,
				   "vfio-pci keeps it awake (%s, disable_idle_d3=Y), which costs "
				   "power while no guest has it",
				   state);
	free(off);
}

/* @ours: vfio-pci, or a variant, has it. */
static void check_state(struct check *check, const char *slot, const char *state, bool ours)
{
	if (strcmp(state, "D3cold") != 0 && power_is_gone(check->sysroot, slot))
		tell_gone(check, slot);
	else if (ours && power_is_d3(state))
		tell_asleep(check, slot, state);
	else if (ours)
		tell_awake(check, slot, state);
}

/* --- resizable BARs ----------------------------------------------------------------------------
 */

static void check_bars(struct check *check, const char *slot)
{
	struct resizable_bar bars[BARS];
	size_t count = resizable_bars_find(check->sysroot, slot, bars), i;

	for (i = 0; i < count; i++)
		finding_add_device(
			&check->findings, LEVEL_OK, "bar", slot,
			"BAR %u has %llu MiB and can have up to %llu MiB (resizable BAR); "
			"a guest gets it as it is when vfio-pci takes the device",
			bars[i].number, (unsigned long long)(bars[i].size / MIB),
			(unsigned long long)(bars[i].largest / MIB));
}

/* --- ACS ---------------------------------------------------------------------------------------
 */

static void tell_acs(struct check *check, const char *port, enum acs acs)
{
	if (acs == ACS_MISSING || acs == ACS_OFF)
		finding_add_device(&check->findings, LEVEL_OK, "acs", port,
				   "this port has %s, so devices behind it share an IOMMU group, "
				   "unless the kernel knows that it keeps them apart all the same",
				   acs == ACS_OFF ? "ACS, but it is not on" : "no ACS");
}

/* Looks at the ports between the device and its root bus. */
static void check_ports(struct check *check, const char *slot)
{
	char *path = sysroot_real(check->sysroot, DEVICES "/%s", slot), *last, *port;

	while (path && (last = strrchr(path, '/'))) {
		*last = '\0';
		port = pci_parent(path);
		if (!port)
			break;
		tell_acs(check, port, acs_find(check->sysroot, port));
		free(port);
	}
	free(path);
}

/* -----------------------------------------------------------------------------------------------
 */

void check_power(struct check *check, const struct next_boot *next, const struct device *device)
{
	char *state = power_state(check->sysroot, device->slot);

	/* Before 5.12 it is not known whether looking would wake it. */
	if (state)
		check_state(check, device->slot, state, vfio_has_it(next, device));
	if (state && strcmp(state, "D3cold") != 0)
		check_bars(check, device->slot);
	check_ports(check, device->slot);
	free(state);
}
