/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desktop.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../core/sysfs.h"
#include "../core/text.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/run_tool.h"
#include "../host/signals.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/write_file.h"
#include "../machine/in_use.h"
#include "../machine/processes.h"
#include "consoles.h"
#include "display_unit.h"
#include "firmware_framebuffer.h"

#define NOTES   "/run/vfio-claim.desktop"
#define MODULES "/sys/module"
#define DRIVERS "/sys/bus/pci/drivers"
#define NVIDIA  "nvidia"

/* How long modprobe may take, in seconds. */
#define MODPROBE_SECONDS 60

/* How often a module is tried that is still in use, in milliseconds. */
#define SLICE 250

/* What is noted, and for which devices. */
struct desktop {
	const struct targets *targets;
	struct string_set notes;
};

/* --- notes -------------------------------------------------------------------------------------
 */

static void read_notes(struct desktop *desktop)
{
	char *text = config_text(desktop->targets->sysroot, NOTES), *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			string_set_add(&desktop->notes, line);
	free(text);
}

static char *text_of_notes(const struct string_set *notes)
{
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; out && i < notes->count; i++)
		fprintf(out, "%s\n", notes->name[i]);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* Writes the file, or removes it if nothing is noted. Returns 0, or -1 after printing an error. */
static int write_notes(const struct targets *targets, const struct string_set *notes)
{
	char *text = text_of_notes(notes), *file = path_below(targets->sysroot, NOTES);
	int err = text && file ? 0 : -ENOMEM;

	if (!err && notes->count)
		err = write_file(file, text, strlen(text), 0600);
	else if (!err && unlink(file) < 0 && errno != ENOENT)
		err = -errno;
	if (err)
		message_errno(err, "cannot write %s" NOTES, targets->sysroot);
	free(file);
	free(text);
	return err ? -1 : 0;
}

/* Notes a step that is about to be taken. Returns 0, or -1 after printing an error. */
static int note(struct desktop *desktop, const char *kind, const char *name)
{
	struct text line;

	if (signals_caught()) {
		message_error("%s: interrupted by a signal", name);
		return -1;
	}
	text_set(&line, "%s %s", kind, name);
	if (string_set_add(&desktop->notes, line.data) < 0) {
		message_errno(ENOMEM, "%s", name);
		return -1;
	}
	return write_notes(desktop->targets, &desktop->notes);
}

/*
 * Adds the devices that are claimed; with the first step they are written. What an earlier claim
 * has stopped is for these, too, from now on. Returns 0, or -1 after printing an error.
 */
static int add_devices(struct desktop *desktop)
{
	const struct plan *plan = &desktop->targets->boot_plan.plan;
	bool stopped = desktop->notes.count;
	struct text line;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		if (plan->decisions[i].verdict != VERDICT_CLAIM)
			continue;
		text_set(&line, "device %s", plan->decisions[i].device->slot);
		if (string_set_add(&desktop->notes, line.data) < 0) {
			message_errno(ENOMEM, "%s", line.data);
			return -1;
		}
	}
	return stopped ? write_notes(desktop->targets, &desktop->notes) : 0;
}

/* --- the units ---------------------------------------------------------------------------------
 */

static int stop_unit(struct desktop *desktop, const char *name)
{
	const char *sysroot = desktop->targets->sysroot;
	char *unit = display_unit_running(sysroot, name);
	int result = 0;

	if (!unit)
		return 0;
	if (note(desktop, "unit", unit) < 0 || display_unit_stop(sysroot, unit) < 0)
		result = -1;
	else
		print_line("%s: stopped", unit);
	free(unit);
	return result;
}

static int start_unit(const struct targets *targets, const char *unit)
{
	if (display_unit_start(targets->sysroot, unit) < 0)
		return -1;
	print_line("%s: started", unit);
	return 0;
}

/* --- consoles and framebuffers ----------------------------------------------------------------
 */

/* Takes a step for each of @names, and frees them. Returns 0, or -1 after printing an error. */
static int release_each(struct desktop *desktop, const char *kind, struct string_set names,
			int (*release)(const struct targets *targets, const char *name))
{
	int result = 0;
	size_t i;

	for (i = 0; i < names.count && result == 0; i++)
		if (note(desktop, kind, names.name[i]) < 0 ||
		    release(desktop->targets, names.name[i]) < 0)
			result = -1;
	string_set_free(&names);
	return result;
}

/* --- NVIDIA's modules --------------------------------------------------------------------------
 */

static time_t seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static bool any_device_of(const struct targets *targets, const char *driver)
{
	const struct plan *plan = &targets->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM &&
		    strcmp(plan->decisions[i].device->driver, driver) == 0)
			return true;
	return false;
}

/*
 * These keep each card open from inside the kernel, and unbinding NVIDIA's driver then waits for
 * ever. Those that are not named go with the last user of theirs.
 */
static const char *const nvidia_modules[] = { "nvidia_drm", "nvidia_modeset", "nvidia_uvm", NULL };

static bool is_loaded(const struct targets *targets, const char *module)
{
	return sysroot_has(targets->sysroot, MODULES "/%s", module);
}

/*
 * Prints an error for each card that stays with NVIDIA's driver: a bound device does not keep
 * modprobe -r from unloading nvidia with the last module that uses it. Returns how many there are.
 */
static unsigned int refuse_other_cards(const struct targets *targets)
{
	struct string_set entries = sysroot_list(targets->sysroot, DRIVERS "/" NVIDIA);
	unsigned int count = 0;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		/* A device is "0000:01:00.0"; the other entries have no colon. */
		if (!strchr(entries.name[i], ':') ||
		    boot_plan_claims(&targets->boot_plan.plan, entries.name[i]))
			continue;
		message_error("%s: it would lose its driver " NVIDIA ", whose modules must be "
			      "unloaded: claim it, too, or have the other card claimed at boot",
			      entries.name[i]);
		count++;
	}
	string_set_free(&entries);
	return count;
}

static int run_modprobe(const struct targets *targets, const char *option, const char *module)
{
	const char *const argv[] = { "modprobe", option, module, NULL };
	const struct tool modprobe = { .sysroot = targets->sysroot,
				       .argv = argv,
				       .seconds = MODPROBE_SECONDS };

	return tool_run(&modprobe, NULL, NULL);
}

/* Like run_modprobe(), but prints nothing. */
static int try_modprobe(const struct targets *targets, const char *option, const char *module)
{
	struct messages dropped = { 0 }, *before = messages_collect(&dropped);
	int result = run_modprobe(targets, option, module);

	messages_collect(before);
	messages_free(&dropped);
	return result;
}

/*
 * Its users may end a moment later than their files are closed. Returns 0, or -1 after printing an
 * error.
 */
static int unload(const struct targets *targets, const char *module)
{
	const time_t end = seconds_now() + (time_t)targets->timeout;

	while (seconds_now() < end && !signals_caught()) {
		if (try_modprobe(targets, "-r", module) == 0)
			return 0;
		poll(NULL, 0, SLICE);
	}
	return run_modprobe(targets, "-r", module);
}

static int unload_module(struct desktop *desktop, const char *module)
{
	const struct targets *targets = desktop->targets;

	if (!is_loaded(targets, module))
		return 0;
	if (note(desktop, "module", module) < 0 || unload(targets, module) < 0)
		return -1;
	print_line("module %s: unloaded", module);
	return 0;
}

static int load_module_again(const struct targets *targets, const char *module)
{
	if (run_modprobe(targets, "--", module) < 0)
		return -1;
	print_line("module %s: loaded", module);
	return 0;
}

/* --- reasons to refuse -------------------------------------------------------------------------
 */

/*
 * Prints an error if this command ends with the desktop, because a user's manager has started it: a
 * terminal, for example. Returns how many errors there are.
 */
static unsigned int refuse_own_end(const struct targets *targets)
{
	char *user = process_manager_user(targets->sysroot, "self"), *unit = NULL;

	if (user)
		unit = display_unit_running(targets->sysroot, DISPLAY_MANAGER);
	if (unit)
		message_error("this command would end with the desktop, as it runs in user@%s"
			      ".service: run it with 'systemd-run', or by ssh as root",
			      user);
	free(user);
	if (!unit)
		return 0;
	free(unit);
	return 1;
}

unsigned int desktop_refusals(const struct targets *targets)
{
	unsigned int count = refuse_own_end(targets);
	int i;

	if (!any_device_of(targets, NVIDIA))
		return count;
	for (i = 0; nvidia_modules[i]; i++)
		if (is_loaded(targets, nvidia_modules[i]))
			return count + refuse_other_cards(targets);
	return count;
}

/* Finds out whether a virtual machine has a device that is noted. For a child: says who. */
static int find_guests(void *what, int say)
{
	const struct desktop *desktop = what;
	const struct in_use in_use = { .sysroot = desktop->targets->sysroot };
	struct string_set users = { 0 };
	struct device device = { 0 };
	struct text line;
	const char *slot;
	size_t i;

	if (say >= 0)
		targets_quiet();
	for (i = 0; i < desktop->notes.count && !users.count; i++) {
		slot = desktop->notes.name[i];
		if (!text_skip(&slot, "device "))
			continue;
		snprintf(device.slot, sizeof(device.slot), "%s", slot);
		pci_link(desktop->targets->sys, device.slot, "iommu_group", device.group);
		in_use_by_guest(&in_use, &device, &users);
	}
	if (users.count) {
		text_set(&line, "%s: %s", device.slot, users.name[0]);
		if (say >= 0 && write(say, line.data, line.length) < 0)
			message_debug(errno, "%s", line.data);
	}
	i = users.count;
	string_set_free(&users);
	return i ? EBUSY : 0;
}

/*
 * Returns true after printing an error if a virtual machine has a device that the desktop was
 * stopped for. Where that cannot be found out in time, a desktop is worth more.
 */
static bool has_guest(struct desktop *desktop)
{
	unsigned int budget = desktop->targets->timeout * 1000;
	struct child child;

	fflush(stdout);
	child_start(&child, find_guests, desktop);
	if (!child_wait(&child, budget, &budget))
		child_abandon(&child);
	if (child.error != EBUSY)
		return false;
	message_error("%s; the desktop stays stopped until 'vfio-claim release --desktop' of that "
		      "device",
		      child.length ? child.said : "a virtual machine uses a device");
	return true;
}

/* --- there and back ----------------------------------------------------------------------------
 */

int desktop_leave(const struct targets *targets)
{
	struct desktop desktop = { .targets = targets };
	int result;

	read_notes(&desktop);
	result = add_devices(&desktop);
	if (result == 0)
		result = stop_unit(&desktop, DISPLAY_MANAGER);
	if (result == 0 && any_device_of(targets, NVIDIA))
		result = stop_unit(&desktop, NVIDIA_DAEMON);
	if (result == 0)
		result = release_each(&desktop, "console", consoles_bound(targets), console_unbind);
	if (result == 0)
		result = release_each(&desktop, "framebuffer", framebuffers_bound(targets),
				      framebuffer_unbind);
	string_set_free(&desktop.notes);
	return result;
}

int desktop_unload(const struct targets *targets)
{
	struct desktop desktop = { .targets = targets };
	int i, result = 0;

	if (!any_device_of(targets, NVIDIA))
		return 0;
	read_notes(&desktop);
	result = add_devices(&desktop);
	for (i = 0; nvidia_modules[i] && result == 0; i++)
		result = unload_module(&desktop, nvidia_modules[i]);
	string_set_free(&desktop.notes);
	return result;
}

/* Brings back what one line notes. Returns 0, or -1 after printing an error. */
static int return_one(const struct targets *targets, const char *line)
{
	if (text_skip(&line, "unit "))
		return start_unit(targets, line);
	if (text_skip(&line, "console "))
		return consoles_bind(targets);
	if (text_skip(&line, "framebuffer "))
		return framebuffer_bind(targets, line);
	if (text_skip(&line, "module "))
		return load_module_again(targets, line);
	return 0;
}

/* Returns true if a line stays noted when these have @failed. */
static bool is_kept(const struct string_set *failed, const char *line)
{
	const char *rest = line;

	return text_skip(&rest, "device ") || string_set_have(failed, line);
}

int desktop_return(const struct targets *targets)
{
	struct desktop desktop = { .targets = targets };
	struct string_set failed = { 0 }, left = { 0 };
	size_t i;
	int result;

	read_notes(&desktop);
	if (has_guest(&desktop)) {
		string_set_free(&desktop.notes);
		return -1;
	}
	for (i = desktop.notes.count; i > 0; i--)
		if (return_one(targets, desktop.notes.name[i - 1]) < 0)
			string_set_add(&failed, desktop.notes.name[i - 1]);
	/* In their order, with the devices. */
	for (i = 0; i < desktop.notes.count && failed.count; i++)
		if (is_kept(&failed, desktop.notes.name[i]))
			string_set_add(&left, desktop.notes.name[i]);
	result = failed.count ? -1 : 0;
	if (desktop.notes.count && write_notes(targets, &left) < 0)
		result = -1;
	string_set_free(&left);
	string_set_free(&failed);
	string_set_free(&desktop.notes);
	return result;
}
