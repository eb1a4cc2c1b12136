/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "iommu.h"

#include <stdlib.h>
#include <string.h>

#include "kept_file.h"
#include "tree.h"

static bool has_entries(const char *sysroot, const char *directory)
{
	struct names names = tree_list(sysroot, "%s", directory);
	bool any = names.count;

	names_free(&names);
	return any;
}

bool iommu_is_active(const char *sysroot)
{
	return has_entries(sysroot, "/sys/class/iommu") ||
	       has_entries(sysroot, "/sys/kernel/iommu_groups");
}

bool cpu_is_intel(const char *sysroot)
{
	char *text = file_text(sysroot, "/proc/cpuinfo");
	bool intel = text && strstr(text, "GenuineIntel");

	free(text);
	return intel;
}
