/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_devices.c - the devices that are asked for, at the next boot
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"
#include "../text.h"
#include "../words.h"
#include "check.h"
#include "messages.h"
#include "next_boot.h"
#include "paths.h"

/* --- one device --------------------------------------------------------------------------------
 */

static void check_requests(struct check *check, const struct next_boot *next)
{
	const struct requests *requests = &next->outlook.requests;
	struct text line;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		words_of_complaint(&line, &requests->complaints[i]);
		found(&check->findings, LEVEL_PROBLEM, "request", "%s", line.data);
	}
	if (requests->off)
		found(&check->findings, LEVEL_WARNING, "request", "rd.vfio=0: nothing is claimed");
}

static void check_unmatched(struct check *check, const struct next_boot *next)
{
	const struct plan *plan = &next->outlook.plan;
	const struct selector *claim;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		claim = plan->unmatched[i];
		/* That it comes later is among the warnings of next_boot_find(). */
		if (next_boot_is_late(next, claim))
			continue;
		found(&check->findings, LEVEL_PROBLEM, "device",
		      "%s=%s: there is no such device here", claim->param, claim->text);
		helps(&check->findings, "vfio-claim list");
	}
}

static void check_refusal(struct check *check, const struct decision *decision)
{
	bool kept = decision->verdict == VERDICT_KEEP;
	struct text line;

	text_set(&line, "%s: left alone: ", decision->device->slot);
	words_of_verdict(&line, decision);
	if (!kept)
		words_of_request(&line, decision);
	found(&check->findings, kept ? LEVEL_OK : LEVEL_PROBLEM, "device", "%s", line.data);
	if (decision->verdict == VERDICT_OTHER_ID)
		helps(&check->findings, "vfio-claim list");
}

/*
 * The framebuffer that lies in the memory of a function, or NULL; cuts @iomem up. Lines are as far
 * indented as they are deep (kernel/resource.c: r_show()).
 */
static const char *find_framebuffer(char *iomem, const char *slot)
{
	char *rest, *line = strtok_r(iomem, "\n", &rest), *name;
	size_t depth, within = 0;

	for (; line; line = strtok_r(NULL, "\n", &rest)) {
		depth = strspn(line, " ");
		name = strstr(line, " : ");
		if (depth < within)
			within = 0;
		if (!name)
			continue;
		name += strlen(" : ");
		if (within && (strcasestr(name, "fb") || strcasestr(name, "framebuffer")))
			return name;
		if (strcmp(name, slot) == 0)
			within = depth + 1;
	}
	return NULL;
}

static void check_display(struct check *check, const struct device *device)
{
	struct findings *findings = &check->findings;
	const char *framebuffer;
	char *iomem = NULL;

	if (device->boot_vga)
		found(findings, LEVEL_WARNING, "display",
		      "%s: it is the boot display: console and passphrase prompt go dark; have a "
		      "second card, a serial console or ssh",
		      device->slot);
	if (outlook_read_text(check->sysroot, "/proc/iomem", &iomem) < 0 || !iomem)
		return;
	framebuffer = find_framebuffer(iomem, device->slot);
	if (framebuffer)
		found(findings, LEVEL_WARNING, "display",
		      "%s: the boot framebuffer (%s) is in its memory; what is drawn there is lost "
		      "with the claim",
		      device->slot, framebuffer);
	free(iomem);
}

static void check_claim(struct check *check, const struct next_boot *next,
			const struct decision *decision)
{
	const char *slot = decision->device->slot;
	struct text line;
	char *driver;

	if (next->unfit) {
		found(&check->findings, LEVEL_PROBLEM, "device",
		      "%s: it would not be claimed: the kernel cannot", slot);
		return;
	}
	driver = next_boot_driver(check->sysroot, decision);
	text_set(&line, "%s: it would be claimed by %s", slot, driver ? driver : "vfio-pci");
	free(driver);
	words_of_request(&line, decision);
	found(&check->findings, LEVEL_OK, "device", "%s", line.data);
	check_display(check, decision->device);
}

static void check_decision(struct check *check, const struct next_boot *next,
			   const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_CLAIM:
		check_claim(check, next, decision);
		break;
	/* Of what is in the group of a claimed one, its group tells. */
	case VERDICT_NEIGHBOUR:
	case VERDICT_PASSED:
		break;
	default:
		if (decision->because)
			check_refusal(check, decision);
	}
}

/* --- its IOMMU group ---------------------------------------------------------------------------
 */

/* More neighbours than that are not claimed one by one. */
#define MANY 16

/* What is in a group besides claimed devices. */
struct neighbours {
	int sys; /* see ../sysfs.h */
	size_t count;
	size_t bound;      /* those that have a driver now */
	struct text names; /* "0000:03:00.0 (nvme), 0000:03:00.1" */
	struct text words; /* "0000:03:00.0,0000:03:00.1", those that could be claimed, too */
	struct text stays; /* "; this system needs 0000:03:00.0 for /", why those could not */
};

/* Bridges do not matter, and pci-stub keeps nothing from a virtual machine. */
static bool is_in_the_way(const struct decision *decision)
{
	return decision->verdict != VERDICT_CLAIM && !decision->device->bridge &&
	       strcmp(decision->device->driver, "pci-stub") != 0;
}

static bool is_of_group(const struct decision *decision, const char *group)
{
	return strcmp(decision->device->group, group) == 0;
}

static void add_neighbour(struct neighbours *neighbours, const struct requests *requests,
			  const struct decision *decision)
{
	const struct device *device = decision->device;
	const struct selector *needed = device_first(&requests->protected, device, device_matches);
	const struct selector *keep = device_first(&requests->keeps, device, device_matches);
	char driver[NAME_SIZE];

	/* The snapshot is of a boot at which nothing has one yet. */
	pci_link(neighbours->sys, device->slot, "driver", driver);
	text_add(&neighbours->names, "%s%s%s%s%s", neighbours->count ? ", " : "", device->slot,
		 driver[0] ? " (" : "", driver, driver[0] ? ")" : "");
	neighbours->count++;
	neighbours->bound += driver[0] != '\0';
	if (needed)
		text_add(&neighbours->stays, "; this system needs %s for %s", device->slot,
			 needed->param);
	else if (keep)
		text_add(&neighbours->stays, "; %s=%s keeps %s", keep->param, keep->text,
			 device->slot);
	else
		text_add(&neighbours->words, "%s%s", neighbours->words.length ? "," : "",
			 device->slot);
}

/* The command line that asks for @words as well; a new string, or NULL. */
static char *ask_besides(const struct check *check, const char *words)
{
	char *line;
	int len;

	if (check->asked == check->running)
		len = asprintf(&line, "rd.vfio.claim=%s", words);
	else
		len = asprintf(&line, "%s,%s", check->asked, words);
	return len < 0 ? NULL : line;
}

/* Says what has to be asked for besides. */
static void helps_to_claim(struct check *check, const struct decision *decision,
			   const struct neighbours *neighbours)
{
	const char *words = neighbours->words.data;
	char *line;

	if (neighbours->count > MANY) {
		helps_on_cmdline(check, "rd.vfio.group=1");
		return;
	}
	/* On the command line a claim would be in place of those in the file. */
	if (strcmp(decision->because->param, "claim") == 0) {
		helps(&check->findings, "echo 'claim = %s' >>/etc/vfio-claim.conf", words);
		return;
	}
	line = ask_besides(check, words);
	if (line)
		helps_on_cmdline(check, line);
	free(line);
}

static void tell_group(struct check *check, const struct decision *decision,
		       const struct neighbours *neighbours)
{
	struct findings *findings = &check->findings;
	const struct device *device = decision->device;
	bool one = neighbours->count == 1;
	bool can = neighbours->words.length && !neighbours->stays.length;

	if (!neighbours->count) {
		found(findings, LEVEL_OK, "group",
		      "%s: nothing else is in its IOMMU group %s that would stay with the host",
		      device->slot, device->group);
		return;
	}
	found(findings, neighbours->bound ? LEVEL_PROBLEM : LEVEL_WARNING, "group",
	      "%s: its IOMMU group %s also has %s, which with %s own driver keep%s it from any "
	      "virtual machine%s; %sput the card into another slot, or split the group with "
	      "pcie_acs_override=downstream,multifunction: that takes a patched kernel, and a "
	      "guest can then reach into devices of the host",
	      device->slot, device->group, neighbours->names.data, one ? "its" : "their",
	      one ? "s" : "", neighbours->stays.data, can ? "claim it as a whole, " : "");
	if (can)
		helps_to_claim(check, decision, neighbours);
}

/* The machine's /sys, or -1. */
static int open_sys(const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	free(path);
	return sys;
}

static void check_group(struct check *check, const struct next_boot *next,
			const struct decision *decision)
{
	const struct plan *plan = &next->outlook.plan;
	const char *group = decision->device->group;
	struct neighbours neighbours = { .sys = open_sys(check->sysroot) };
	const struct decision *other;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		other = &plan->decisions[i];
		if (is_of_group(other, group) && is_in_the_way(other))
			add_neighbour(&neighbours, &next->outlook.requests, other);
	}
	if (neighbours.sys >= 0)
		close(neighbours.sys);
	tell_group(check, decision, &neighbours);
}

/* Whether no claimed device before it is in the same group. */
static bool is_first_of_group(const struct plan *plan, const struct decision *decision)
{
	const struct decision *other = plan->decisions;

	while (other->verdict != VERDICT_CLAIM || !is_of_group(other, decision->device->group))
		other++;
	return other == decision;
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void tell(struct check *check, const struct next_boot *next)
{
	const struct plan *plan = &next->outlook.plan;
	const struct decision *decision;
	size_t i;

	check_requests(check, next);
	if (!outlook_asks(&next->outlook))
		found(&check->findings, LEVEL_OK, "device", "devices: none is asked for");
	if (next->outlook.requests.off)
		return;
	check_unmatched(check, next);
	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		check_decision(check, next, decision);
		if (decision->verdict == VERDICT_CLAIM && decision->device->group[0] &&
		    is_first_of_group(plan, decision))
			check_group(check, next, decision);
	}
}

int check_devices(struct check *check)
{
	struct names messages = { 0 };
	struct next_boot next;
	size_t i;
	int result;

	messages_collect(&messages);
	result = next_boot_find(&next, check->sysroot, check->asked, check->kver);
	messages_collect(NULL);
	if (result == 0)
		tell(check, &next);
	/* What has gone wrong is the last of them. */
	for (i = 0; result < 0 && i < messages.count; i++)
		complain("%s", messages.name[i]);
	found_messages(&check->findings, "device", &messages);
	next_boot_free(&next);
	return result;
}
