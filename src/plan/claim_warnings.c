/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim_warnings.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../machine/override.h"

/* Whatever set the override will do so again after the boot. */
static void warn_of_override(const char *slot, const char *sysroot)
{
	char *override = override_read(sysroot, slot);

	/* Our own overrides name vfio-pci or a variant of it. */
	if (override && override[0] && !strstr(override, "vfio"))
		message_warning("%s: its driver_override is '%s' now; what has set it (driverctl, "
				"a udev rule) may take it from vfio-pci after the boot",
				slot, override);
	free(override);
}

static void warn_of_functions(const char *slot, const char *sysroot)
{
	char *number = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/sriov_numvfs", slot);

	if (number && strtoul(number, NULL, 10) > 0)
		message_warning(
			"%s has virtual functions enabled now; they disappear with "
			"vfio-pci, and if they are enabled before it is claimed, it is refused",
			slot);
	free(number);
}

void claim_warnings_print(const struct decision *decision, const char *sysroot)
{
	const char *slot = decision->device->slot;

	if (decision->verdict == VERDICT_PROTECTED)
		message_warning(
			"%s is refused by an image built for this machine; one "
			"for any machine (dracut without hostonly) has no list of what this "
			"system runs from and may claim it",
			slot);
	if (decision->verdict != VERDICT_CLAIM)
		return;
	if (decision->against)
		message_warning("%s is claimed by force, although this system needs it for %s",
				slot, decision->against->param);
	warn_of_override(slot, sysroot);
	warn_of_functions(slot, sysroot);
}
