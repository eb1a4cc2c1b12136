/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "no_group.h"

#include <errno.h>
#include <string.h>

#include "../host/messages.h"

#define INTEL 0x8086

/* Returns true for Intel's displays, which intel_iommu=igfx_off applies to. */
static bool is_intel_display(const struct device *device)
{
	return device->id.vendor == INTEL && strstr(device->alias, "bc03");
}

/* Returns true if the judged boot has the same options for such displays as this one. */
static bool has_same_options(const struct iommu_judgement *iommu, const char *sysroot)
{
	struct iommu_judgement now;

	iommu_judge_running(&now, sysroot);
	return now.words.no_gfx == iommu->words.no_gfx && now.told == iommu->told &&
	       strcmp(now.words.intel, iommu->words.intel) == 0;
}

/*
 * Intel's and AMD's IOMMUs group devices when they are found, the others when a driver binds: a
 * device with a driver has a group or never will.
 */
static bool will_have_none(const struct device *device, const struct iommu_judgement *iommu,
			   const char *sysroot)
{
	bool early = iommu->here.kind == IOMMU_INTEL || iommu->here.kind == IOMMU_AMD;

	return !device->group[0] && (early || device->driver[0]) &&
	       (!is_intel_display(device) || has_same_options(iommu, sysroot));
}

int no_group_list(struct string_set *slots, const struct snapshot *snapshot,
		  const struct iommu_judgement *iommu, const char *sysroot)
{
	const struct device *device;
	size_t i;

	for (i = 0; iommu->here.active && i < snapshot->count; i++) {
		device = &snapshot->devices[i];
		if (will_have_none(device, iommu, sysroot) &&
		    string_set_add(slots, device->slot) < 0) {
			message_errno(ENOMEM, "the devices without an IOMMU group");
			return -1;
		}
	}
	return 0;
}

/* The integrated display, which has an IOMMU of its own, and is in a group now. */
static void warn_of_igfx_off(const struct device *device, const struct iommu_judgement *iommu,
			     const char *sysroot)
{
	if (iommu->here.kind == IOMMU_INTEL && iommu->words.no_gfx && is_intel_display(device) &&
	    device->group[0] && !device->address.bus && !has_same_options(iommu, sysroot))
		message_warning("%s: with intel_iommu=igfx_off Intel's integrated display is in "
				"no IOMMU group, and vfio-pci refuses such a device",
				device->slot);
}

void no_group_warn(const struct string_set *slots, const struct device *device,
		   const struct iommu_judgement *iommu, const char *sysroot)
{
	const char *why = "";

	if (iommu->verdict == IOMMU_OFF)
		return;
	warn_of_igfx_off(device, iommu, sysroot);
	if (!string_set_have(slots, device->slot))
		return;
	if (iommu->here.kind == IOMMU_ARM)
		why = " (the firmware gives it no stream ID)";
	else if (is_intel_display(device) && iommu->words.no_gfx)
		why = " (intel_iommu=igfx_off)";
	else if (is_intel_display(device) && !iommu->words.intel_on)
		why = " (by default Debian's kernels leave an integrated display out)";
	message_error(
		"%s: it is in no IOMMU group although an IOMMU is active%s, and vfio-pci refuses "
		"such a device",
		device->slot, why);
}
