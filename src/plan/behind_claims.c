/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "behind_claims.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"

/* Returns true if a parent directory of @path, which is modified, is a claimed device. */
static bool is_below_claim(const struct plan *plan, char *path)
{
	char *slash;

	while ((slash = strrchr(path, '/')) != NULL) {
		*slash = '\0';
		slash = strrchr(path, '/');
		if (slash && boot_plan_claims(plan, slash + 1))
			return true;
	}
	return false;
}

static bool goes_with_claim(const struct plan *plan, const char *sysroot,
			    const struct device *device)
{
	char *path = sysroot_real(sysroot, "/sys/bus/pci/devices/%s", device->slot);
	bool goes = path && is_below_claim(plan, path);

	free(path);
	return goes;
}

static void warn(const struct device *device)
{
	message_warning("%s is behind a VMD controller that is claimed, and disappears from the "
			"host with it",
			device->slot);
}

/* The plan is examined before anything moves. */
int behind_claims_drop(struct boot_plan *boot_plan, const char *sysroot)
{
	struct snapshot *snapshot = &boot_plan->snapshot;
	bool *goes = calloc(snapshot->count + 1, sizeof(*goes));
	size_t i, count = 0;
	int dropped;

	if (!goes) {
		message_errno(ENOMEM, "what is behind claimed devices");
		return -1;
	}
	for (i = 0; i < snapshot->count; i++)
		goes[i] = goes_with_claim(&boot_plan->plan, sysroot, &snapshot->devices[i]);
	for (i = 0; i < snapshot->count; i++) {
		if (goes[i])
			warn(&snapshot->devices[i]);
		else
			snapshot->devices[count++] = snapshot->devices[i];
	}
	dropped = count < snapshot->count;
	snapshot->count = count;
	free(goes);
	return dropped;
}
