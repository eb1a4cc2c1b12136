/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list_marks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/drivers.h"
#include "../../host/messages.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../machine/card_sound.h"
#include "../../machine/protected_list.h"
#include "../../plan/claim_state.h"

/* Both lists are sorted by address. */
static void mark_asked(struct marks *marks, const char *sysroot,
		       const struct pci_functions *functions)
{
	const struct plan *plan = &marks->asked.plan;
	const struct decision *decision;
	size_t i, at = 0;

	for (i = 0; i < functions->count; i++) {
		while (at < plan->count && address_compare(&plan->decisions[at].device->address,
							   &functions->list[i].address) < 0)
			at++;
		decision = at < plan->count ? &plan->decisions[at] : NULL;
		if (!decision ||
		    address_compare(&functions->list[i].address, &decision->device->address) != 0)
			continue;
		marks->list[i].asked = decision_is_asked(decision);
		marks->list[i].claimed =
			marks->list[i].asked &&
			decision_is_claimed(decision, &marks->asked.requests, sysroot);
		marks->list[i].in_the_way =
			decision_is_in_the_way(decision, &marks->asked.requests, sysroot);
	}
}

/* Sets the fields that the selectors of protected devices and card_sound() need. */
static void as_device(struct device *device, const struct pci_function *function)
{
	device->address = function->address;
	device->id.vendor = function->vendor_id;
	device->id.device = function->device_id;
	device->id.class = (uint32_t)function->class_id << 8;
	device->id_known = true;
	device->path[0] = '\0';
	if (function->path && strlen(function->path) < sizeof(device->path))
		strcpy(device->path, function->path);
}

static void mark_needed(struct marks *marks, const struct pci_functions *functions)
{
	const struct selectors *protected = &marks->needed.requests.protected;
	const struct selector *selector;
	struct device device = { 0 };
	size_t i;

	for (i = 0; protected->count && i < functions->count; i++) {
		as_device(&device, &functions->list[i]);
		selector = device_first(protected, &device, device_matches);
		marks->list[i].needed_for = selector ? selector->param : NULL;
	}
}

static bool any_display(const struct pci_functions *functions)
{
	size_t i;

	for (i = 0; i < functions->count; i++)
		if (functions->list[i].class_id >> 8 == 0x03)
			return true;
	return false;
}

static void mark_sound(struct marks *marks, const struct pci_functions *functions)
{
	struct bus *bus = &marks->bus;
	const struct device *sound;
	size_t i;

	if (!any_display(functions))
		return;
	bus->list = calloc(functions->count, sizeof(*bus->list));
	if (!bus->list)
		return;
	for (bus->count = 0; bus->count < functions->count; bus->count++)
		as_device(&bus->list[bus->count], &functions->list[bus->count]);
	for (i = 0; i < functions->count; i++) {
		sound = card_sound(bus, &bus->list[i]);
		marks->list[i].sound = sound ? functions->list[sound - bus->list].slot : NULL;
	}
}

static bool is_requested(const struct vfs_requests *vfs, const char *physical)
{
	size_t i;

	for (i = 0; i < vfs->count; i++)
		if (strcmp(vfs->list[i].slot, physical) == 0)
			return true;
	return false;
}

/* Returns true if this boot is to keep the virtual function at @slot. */
static bool is_kept(const struct marks *marks, int sys, const char *slot)
{
	const struct device_needs needs = { .claim_path = true };
	struct pci_address address;
	struct device device;

	if (!address_parse(slot, &address))
		return false;
	device_identify(&device, sys, &address, &needs);
	return device_first(&marks->asked.requests.keeps, &device, device_matches);
}

/* @asked: requests count. */
static void mark_virtual(struct marks *marks, const char *sysroot,
			 const struct pci_functions *functions, bool asked)
{
	char *path = path_below(sysroot, "/sys"), physical[NAME_SIZE];
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	const char *driver;
	struct mark *mark;
	size_t i;

	for (i = 0; sys >= 0 && i < functions->count; i++) {
		mark = &marks->list[i];
		pci_link(sys, functions->list[i].slot, "physfn", physical);
		if (!physical[0])
			continue;
		mark->physical = strdup(physical);
		driver = functions->list[i].driver;
		if (!asked || mark->asked || !is_requested(&marks->vfs, physical) ||
		    is_kept(marks, sys, functions->list[i].slot))
			continue;
		mark->claimed = driver && is_vfio_driver(driver);
		mark->asked = true;
	}
	if (sys >= 0)
		close(sys);
	free(path);
}

/* Returns true if the requests of this boot could be decided. */
static bool find_asked(struct marks *marks, const char *sysroot)
{
	struct boot_plan *asked = &marks->asked;

	return sysroot_has(sysroot, "/proc/cmdline") && boot_plan_read_boot(asked, sysroot) == 0 &&
	       vfs_requests_read(&marks->vfs, sysroot, asked->texts.cmdline, asked->texts.conf) ==
		       0 &&
	       boot_plan_look(asked, sysroot) == 0 && !asked->requests.off &&
	       boot_plan_decide(asked) == 0;
}

static bool find_needed(struct marks *marks, const char *sysroot)
{
	struct request_texts *texts = &marks->needed.texts;

	texts->cmdline = strdup("");
	texts->protected = protected_find(sysroot);
	return texts->cmdline && texts->protected &&
	       requests_read(&marks->needed.requests, texts) == 0;
}

int marks_find(struct marks *marks, const char *sysroot, const struct pci_functions *functions)
{
	bool asked, needed;

	*marks = (struct marks){ .list = calloc(functions->count + 1, sizeof(*marks->list)),
				 .count = functions->count };
	if (!marks->list) {
		message_errno(ENOMEM, "the marks");
		return -1;
	}
	messages_mute(true);
	asked = find_asked(marks, sysroot);
	needed = find_needed(marks, sysroot);
	messages_mute(false);
	if (asked)
		mark_asked(marks, sysroot, functions);
	if (needed)
		mark_needed(marks, functions);
	mark_sound(marks, functions);
	mark_virtual(marks, sysroot, functions, asked);
	return 0;
}

void marks_free(struct marks *marks)
{
	boot_plan_free(&marks->asked);
	boot_plan_free(&marks->needed);
	bus_free(&marks->bus);
	vfs_requests_free(&marks->vfs);
	while (marks->list && marks->count)
		free(marks->list[--marks->count].physical);
	free(marks->list);
}
