/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

void words_of_verdict(struct text *line, const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_KEEP:
		text_add(line, "%s=%s keeps it", decision->against->param, decision->against->text);
		break;
	case VERDICT_BRIDGE:
		text_add(line, "a bridge cannot be claimed");
		break;
	case VERDICT_UNREADABLE:
		text_add(line, "its modalias cannot be read");
		break;
	case VERDICT_OTHER_ID:
		text_add(line, "it is another device, %04x:%04x", decision->device->id.vendor,
			 decision->device->id.device);
		break;
	case VERDICT_PROTECTED:
		text_add(line, "this system needs it for %s", decision->against->param);
		break;
	case VERDICT_HAS_VFS:
		text_add(line, "its virtual functions are enabled");
		break;
	case VERDICT_DIRECT:
		text_add(line, "the firmware has reserved memory for it (RMRR)");
		break;
	case VERDICT_NO_IOMMU:
		text_add(line, "no IOMMU is active: turn on VT-d or AMD-Vi in the firmware setup, "
			       "and add intel_iommu=on");
		break;
	case VERDICT_NEIGHBOUR:
		text_add(line, "with its own driver it keeps the IOMMU group from any "
			       "virtual machine; see rd.vfio.group=1");
		break;
	case VERDICT_CLAIM:
	case VERDICT_PASSED:
		break;
	}
}

void words_of_request(struct text *line, const struct decision *decision)
{
	text_add(line, " (%s=%s)", decision->because->param, decision->because->text);
}

void words_of_complaint(struct text *line, const struct complaint *complaint)
{
	text_set(line, "%s%s%s: ignored: %s", complaint->param, complaint->value[0] ? "=" : "",
		 complaint->value, complaint->why);
}
