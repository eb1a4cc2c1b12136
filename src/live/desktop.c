/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desktop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/text.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "../host/run_tool.h"
#include "../host/signals.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../host/write_file.h"
#include "consoles.h"
#include "display_unit.h"
#include "firmware_framebuffer.h"

#define NOTES   "/run/vfio-claim.desktop"
#define MODULES "/sys/module"
#define NVIDIA  "nvidia"

/* How long modprobe may take, in seconds. */
#define MODPROBE_SECONDS 60

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

static int run_modprobe(const struct targets *targets, const char *option, const char *module)
{
	const char *const argv[] = { "modprobe", option, module, NULL };
	const struct tool modprobe = { .sysroot = targets->sysroot,
				       .argv = argv,
				       .seconds = MODPROBE_SECONDS };

	return tool_run(&modprobe, NULL, NULL);
}

static int unload_module(struct desktop *desktop, const char *module)
{
	const struct targets *targets = desktop->targets;

	if (!sysroot_has(targets->sysroot, MODULES "/%s", module))
		return 0;
	if (note(desktop, "module", module) < 0 || run_modprobe(targets, "-r", module) < 0)
		return -1;
	print_line("module %s: unloaded", module);
	return 0;
}

/*
 * These keep each card open from inside the kernel, and unbinding NVIDIA's driver then waits for
 * ever. Those that are not named go with the last user of theirs.
 */
static int unload_modules(struct desktop *desktop)
{
	static const char *const modules[] = { "nvidia_drm", "nvidia_modeset", "nvidia_uvm", NULL };
	int i, result = 0;

	if (!any_device_of(desktop->targets, NVIDIA))
		return 0;
	for (i = 0; modules[i] && result == 0; i++)
		result = unload_module(desktop, modules[i]);
	return result;
}

static int load_module_again(const struct targets *targets, const char *module)
{
	if (run_modprobe(targets, "--", module) < 0)
		return -1;
	print_line("module %s: loaded", module);
	return 0;
}

/* --- there and back ----------------------------------------------------------------------------
 */

int desktop_leave(const struct targets *targets)
{
	struct desktop desktop = { .targets = targets };
	int result;

	read_notes(&desktop);
	result = stop_unit(&desktop, DISPLAY_MANAGER);
	if (result == 0 && any_device_of(targets, NVIDIA))
		result = stop_unit(&desktop, NVIDIA_DAEMON);
	if (result == 0)
		result = release_each(&desktop, "console", consoles_bound(targets), console_unbind);
	if (result == 0)
		result = release_each(&desktop, "framebuffer", framebuffers_bound(targets),
				      framebuffer_unbind);
	if (result == 0)
		result = unload_modules(&desktop);
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

int desktop_return(const struct targets *targets)
{
	struct desktop desktop = { .targets = targets };
	struct string_set failed = { 0 }, left = { 0 };
	size_t i;
	int result;

	read_notes(&desktop);
	for (i = desktop.notes.count; i > 0; i--)
		if (return_one(targets, desktop.notes.name[i - 1]) < 0)
			string_set_add(&failed, desktop.notes.name[i - 1]);
	/* In their order. */
	for (i = 0; i < desktop.notes.count; i++)
		if (string_set_have(&failed, desktop.notes.name[i]))
			string_set_add(&left, desktop.notes.name[i]);
	result = failed.count ? -1 : 0;
	if (desktop.notes.count && write_notes(targets, &left) < 0)
		result = -1;
	string_set_free(&left);
	string_set_free(&failed);
	string_set_free(&desktop.notes);
	return result;
}
