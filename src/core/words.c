/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "words.h"

#include "meant.h"

/* Adds what to do about a device that is in the way. */
static void add_obstacle(struct text *line, const struct decision *decision)
{
	text_add(line, "%s keeps the IOMMU group from being passed through",
		 decision->device->driver[0] ? "its driver" : "if a driver takes it, it");
}

static void add_uselessness(struct text *line, const struct decision *decision)
{
	const char *slot = decision->spoiler->device->slot;

	text_add(line, "it cannot be passed through: ");
	if (decision_is_behind_vmd(decision))
		text_add(line,
			 "it is behind the VMD controller %s, which can only be claimed as a whole",
			 slot);
	else
		text_add(line, "this system needs %s in its IOMMU group", slot);
}

static void add_neighbour(struct text *line, const struct decision *decision)
{
	if (decision->spoiler && decision->spoiler != decision) {
		add_uselessness(line, decision);
		return;
	}
	if (decision->against)
		text_add(line, "this system needs it for %s; ", decision->against->param);
	add_obstacle(line, decision);
	if (decision->against)
		return;
	if (decision->spoiler)
		text_add(line, "; claim it instead of what is behind it");
	else if (decision->device->boot_vga)
		text_add(line, "; rd.vfio.group=1 takes the boot display too");
	else
		text_add(line, "; see rd.vfio.group=1");
}

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
	case VERDICT_LAST_STORAGE:
		text_add(line, "the root file system may be on it; if not, name it by its slot");
		break;
	case VERDICT_HAS_VFS:
		text_add(line, "its virtual functions are enabled");
		break;
	case VERDICT_DIRECT:
		text_add(line, "the firmware has reserved memory for it (RMRR)");
		break;
	case VERDICT_NO_IOMMU:
		text_add(line, "no IOMMU is active; 'vfio-claim check' says why");
		break;
	case VERDICT_NEIGHBOUR:
		add_neighbour(line, decision);
		break;
	case VERDICT_STRAY:
		if (decision->against)
			text_add(line, "this system needs it for %s", decision->against->param);
		else
			text_add(line, "no claim names it");
		break;
	case VERDICT_CLAIM:
	case VERDICT_PASSED:
		break;
	}
}

void words_of_stay(struct text *line, const struct decision *decision)
{
	if (!decision->in_the_way || decision->verdict == VERDICT_NEIGHBOUR)
		return;
	text_add(line, "; ");
	add_obstacle(line, decision);
}

bool words_of_spoiler(struct text *line, const struct decision *decision)
{
	if (!decision->spoiler)
		return false;
	text_add(line, "; ");
	add_uselessness(line, decision);
	return true;
}

void words_of_request(struct text *line, const struct decision *decision)
{
	text_add(line, " (%s=%s)", decision->because->param, decision->because->text);
}

void words_of_why(struct text *line, const struct complaint *complaint)
{
	text_add(line, "%s", complaint->why);
	if (complaint->selector)
		words_of_meant(line, complaint->value);
}

void words_of_complaint(struct text *line, const struct complaint *complaint)
{
	text_set(line, "%s%s%s: ignored: ", complaint->param, complaint->value[0] ? "=" : "",
		 complaint->value);
	words_of_why(line, complaint);
}
