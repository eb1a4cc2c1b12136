/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_devices.c - the devices that the next boot is asked to claim
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../core/words.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "check.h"

/* --- one device --------------------------------------------------------------------------------
 */

static void check_requests(struct check *check, const struct next_boot *next)
{
	const struct requests *requests = &next->boot_plan.requests;
	struct text line;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		words_of_complaint(&line, &requests->complaints[i]);
		finding_add(&check->findings, LEVEL_PROBLEM, "request", "%s", line.data);
	}
	if (requests->off)
		finding_add(&check->findings, LEVEL_WARNING, "request",
			    "rd.vfio=0: nothing is claimed");
}

static void check_unmatched(struct check *check, const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	const struct selector *claim;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		claim = plan->unmatched[i];
		/* next_boot_find() has warned that it appears later. */
		if (next_boot_is_late(next, claim))
			continue;
		finding_add(&check->findings, LEVEL_PROBLEM, "device", "%s=%s: no such device",
			    claim->param, claim->text);
		finding_fix(&check->findings, "vfio-claim list");
	}
}

static void check_refusal(struct check *check, const struct next_boot *next,
			  const struct decision *decision)
{
	bool kept = decision->verdict == VERDICT_KEEP;
	struct text line;

	text_set(&line, "left alone: ");
	iommu_words_of_verdict(&line, decision, &next->iommu);
	if (!kept)
		words_of_request(&line, decision);
	finding_add_device(&check->findings, kept ? LEVEL_OK : LEVEL_PROBLEM, "device",
			   decision->device->slot, "%s", line.data);
	if (decision->verdict == VERDICT_OTHER_ID)
		finding_fix(&check->findings, "vfio-claim list");
	else if (decision->verdict == VERDICT_NO_IOMMU && next->iommu.stops)
		fix_off_cmdline(check, next->iommu.stops);
}

/* Displays of this machine. What is not known is an empty string. */
struct displays {
	size_t count;
	char boot[NAME_SIZE];           /* the slot of the one that the firmware uses */
	char framebuffer[NAME_SIZE];    /* the name of the boot framebuffer */
	char framebuffer_in[NAME_SIZE]; /* the slot of the function whose memory it is in */
};

/*
 * Finds the boot framebuffer in the memory of a function. The lines of @iomem are indented by their
 * depth (kernel/resource.c: r_show()). Cuts @iomem up.
 */
static void find_framebuffer(struct displays *displays, char *iomem)
{
	char *rest, *line = strtok_r(iomem, "\n", &rest), *name;
	const char *slot = NULL;
	struct pci_address address;
	size_t depth, within = 0;

	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		depth = strspn(line, " ");
		name = strstr(line, " : ");
		if (depth < within)
			slot = NULL;
		if (!name)
			continue;
		name += strlen(" : ");
		if (slot && (strcasestr(name, "fb") || strcasestr(name, "framebuffer"))) {
			snprintf(displays->framebuffer, NAME_SIZE, "%s", name);
			snprintf(displays->framebuffer_in, NAME_SIZE, "%s", slot);
			return;
		}
		if (address_parse(name, &address)) {
			slot = name;
			within = depth + 1;
		}
	}
}

static struct displays find_displays(const char *sysroot)
{
	struct string_set slots = sysroot_list(sysroot, "/sys/bus/pci/devices");
	struct displays displays = { 0 };
	char *boot_vga, *iomem = NULL;
	size_t i;

	for (i = 0; i < slots.count; i++) {
		boot_vga = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/boot_vga", slots.name[i]);
		displays.count += boot_vga != NULL;
		if (boot_vga && boot_vga[0] == '1')
			snprintf(displays.boot, sizeof(displays.boot), "%s", slots.name[i]);
		free(boot_vga);
	}
	string_set_free(&slots);
	if (boot_plan_read_text(sysroot, "/proc/iomem", &iomem) == 0 && iomem)
		find_framebuffer(&displays, iomem);
	free(iomem);
	return displays;
}

/* Which of several cards is the boot display, unless it is claimed: that has a warning. */
static void tell_boot_display(struct check *check, const struct plan *plan,
			      const struct displays *displays)
{
	if (displays->count < 2 || !displays->boot[0] || boot_plan_claims(plan, displays->boot))
		return;
	finding_add_device(&check->findings, LEVEL_OK, "display", displays->boot,
			   "it is the boot display; to use another card as such, choose that as "
			   "the primary display in the firmware setup, or put it into the first "
			   "slot");
}

/* next_boot.h: a vfio driver of now is forgotten there, but the device is not idle. */
bool vfio_has_it(const struct next_boot *next, const struct device *device)
{
	return !device->driver[0] && !string_set_have(&next->idle, device->slot);
}

static void check_display(struct check *check, const struct displays *displays,
			  const struct device *device)
{
	struct findings *findings = &check->findings;

	if (device->boot_vga)
		finding_add_device(findings, LEVEL_WARNING, "display", device->slot,
				   "it is the boot display: console and passphrase prompt go dark; "
				   "have a serial console or ssh%s",
				   displays->count > 1
					   ? ", or choose another card as the primary display in "
					     "the firmware setup"
					   : " or a second card");
	if (strcmp(displays->framebuffer_in, device->slot) == 0)
		finding_add_device(
			findings, LEVEL_WARNING, "display", device->slot,
			"the boot framebuffer (%s) is in its memory; what is drawn there is "
			"lost with the claim",
			displays->framebuffer);
}

static void check_claim(struct check *check, const struct next_boot *next,
			const struct displays *displays, const struct decision *decision)
{
	const char *slot = decision->device->slot;
	struct text line;
	char *driver;

	if (next->unfit) {
		finding_add_device(&check->findings, LEVEL_PROBLEM, "device", slot,
				   "it would not be claimed: the kernel cannot do vfio");
		return;
	}
	/* next_boot_find() has warned, with the reason. */
	if (next_boot_is_ungrouped(next, decision->device))
		return;
	driver = next_boot_driver(check->sysroot, decision);
	text_set(&line, "it would be claimed by %s", driver ? driver : "vfio-pci");
	free(driver);
	words_of_request(&line, decision);
	finding_add_device(&check->findings, LEVEL_OK, "device", slot, "%s", line.data);
	check_display(check, displays, decision->device);
}

static void check_decision(struct check *check, const struct next_boot *next,
			   const struct displays *displays, const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_CLAIM:
		check_claim(check, next, displays, decision);
		break;
	/* Reported with the group of the claimed device. */
	case VERDICT_NEIGHBOUR:
	case VERDICT_PASSED:
		break;
	default:
		if (decision->because)
			check_refusal(check, next, decision);
	}
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void tell(struct check *check, const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	const struct decision *decision;
	struct displays displays;
	size_t i;

	check_requests(check, next);
	if (!boot_plan_asks(&next->boot_plan))
		finding_add(&check->findings, LEVEL_OK, "device", "no devices requested");
	if (next->boot_plan.requests.off)
		return;
	check_unmatched(check, next);
	check_vfs(check, next);
	displays = find_displays(check->sysroot);
	tell_boot_display(check, plan, &displays);
	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		check_decision(check, next, &displays, decision);
		if (decision->verdict != VERDICT_CLAIM)
			continue;
		check_group(check, next, decision);
		check_power(check, next, decision->device);
		check_guest_device(check, next, decision->device);
	}
}

int check_devices(struct check *check)
{
	struct messages messages = { 0 };
	struct next_boot next;
	int result;

	messages_collect(&messages);
	result = next_boot_find(&next, check->sysroot, check->next_cmdline, check->next_kver);
	messages_collect(NULL);
	if (result == 0)
		tell(check, &next);
	if (result < 0)
		messages_print(&messages);
	findings_add_messages(&check->findings, check->sysroot, "device", &messages);
	next_boot_free(&next);
	return result;
}
