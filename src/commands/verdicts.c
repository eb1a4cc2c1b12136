/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verdicts.h"

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = {
		[VERDICT_CLAIM] = "claim",
		[VERDICT_KEEP] = "keep",
		[VERDICT_BRIDGE] = "bridge",
		[VERDICT_PASSED] = "passed",
		[VERDICT_UNREADABLE] = "unreadable",
		[VERDICT_OTHER_ID] = "other-id",
		[VERDICT_PROTECTED] = "protected",
		[VERDICT_HAS_VFS] = "has-vfs",
		[VERDICT_DIRECT] = "direct",
		[VERDICT_NO_IOMMU] = "no-iommu",
		[VERDICT_NEIGHBOUR] = "neighbour",
		[VERDICT_STRAY] = "stray",
		[VERDICT_LAST_STORAGE] = "last-storage",
	};

	return names[verdict];
}
