/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "desktop.h"

#include <errno.h>
#include <poll.h>
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
#include "display_unit.h"

#define NOTES    "/run/vfio-claim.desktop"
#define CONSOLES "/sys/class/vtconsole"
#define PLATFORM "/sys/bus/platform/drivers"
#define MODULES  "/sys/module"
#define NVIDIA   "nvidia"

/* How often a console is looked for, in milliseconds. */
#define SLICE 100

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
static int note(struct desktop *desktop, const char *kind, const char *first, const char *second)
{
	struct text line;

	if (signals_caught()) {
		message_error("%s: interrupted by a signal", first);
		return -1;
	}
	text_set(&line, "%s %s%s%s", kind, first, second ? " " : "", second ? second : "");
	if (string_set_add(&desktop->notes, line.data) < 0) {
		message_errno(ENOMEM, "%s", first);
		return -1;
	}
	return write_notes(desktop->targets, &desktop->notes);
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* For a child: a write to sysfs. */
struct write {
	int root;
	const char *path, *data;
};

static int write_job(void *what, int say)
{
	const struct write *write = what;

	(void)say;
	targets_quiet();
	return -sysfs_write(write->root, write->path, write->data);
}

/*
 * Writes @data to @path, inside the sysroot. Waits for the console's and the driver's locks, but
 * not for ever. Returns 0 or an errno (positive); ETIMEDOUT if it has not ended.
 */
static int write_in_time(const struct targets *targets, const char *path, const char *data)
{
	struct write write = { .root = targets->root, .path = path + 1, .data = data };
	unsigned int budget = targets->timeout * 1000;
	struct child child;

	fflush(stdout);
	child_start(&child, write_job, &write);
	if (!child_wait(&child, budget, &budget)) {
		child_abandon(&child);
		return ETIMEDOUT;
	}
	return child.error;
}

/* Says whether @what, "console vtcon1", is @done. @error: an errno, 0 for none. Returns 0 or -1. */
static int tell(const struct targets *targets, const char *what, const char *done, int error)
{
	if (error == ETIMEDOUT)
		message_error("%s: not %s: not finished within %u s", what, done, targets->timeout);
	else if (error)
		message_errno(error, "%s: not %s", what, done);
	else
		print_line("%s: %s", what, done);
	return error ? -1 : 0;
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
	if (note(desktop, "unit", unit, NULL) < 0 || display_unit_stop(sysroot, unit) < 0)
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

/* --- consoles ----------------------------------------------------------------------------------
 */

/* The dummy console, "(S) dummy device", is what the others leave the terminals to. */
static bool console_draws(const struct targets *targets, const char *name)
{
	char *what = sysroot_read(targets->sysroot, CONSOLES "/%s/name", name);
	bool draws = what && strstr(what, "frame buffer");

	free(what);
	return draws;
}

static bool console_is_bound(const struct targets *targets, const char *name)
{
	char *bound = sysroot_read(targets->sysroot, CONSOLES "/%s/bind", name);
	bool is = bound && strcmp(bound, "1") == 0;

	free(bound);
	return is;
}

static int bind_console(const struct targets *targets, const char *name, bool bind)
{
	struct text path;
	int error;

	text_set(&path, CONSOLES "/%s/bind", name);
	error = write_in_time(targets, path.data, bind ? "1" : "0");
	return !error && console_is_bound(targets, name) != bind ? EBUSY : error;
}

static int release_consoles(struct desktop *desktop)
{
	const struct targets *targets = desktop->targets;
	struct string_set names = sysroot_list(targets->sysroot, CONSOLES);
	struct text what;
	int result = 0;
	size_t i;

	for (i = 0; i < names.count && result == 0; i++) {
		if (!console_draws(targets, names.name[i]) ||
		    !console_is_bound(targets, names.name[i]))
			continue;
		text_set(&what, "console %s", names.name[i]);
		result = note(desktop, "console", names.name[i], NULL);
		if (result == 0)
			result = tell(targets, what.data, "unbound",
				      bind_console(targets, names.name[i], false));
	}
	string_set_free(&names);
	return result;
}

/*
 * Binds each console that draws and is not bound. Returns the name of one that is bound then, from
 * malloc(3), or NULL. *@error: the last errno of a console that could not be bound, else unchanged.
 */
static char *bind_consoles(const struct targets *targets, int *error)
{
	struct string_set names = sysroot_list(targets->sysroot, CONSOLES);
	char *bound = NULL;
	size_t i;
	int err;

	for (i = 0; i < names.count; i++) {
		if (!console_draws(targets, names.name[i]))
			continue;
		err = console_is_bound(targets, names.name[i])
			      ? 0
			      : bind_console(targets, names.name[i], true);
		if (err)
			*error = err;
		else if (!bound)
			bound = strdup(names.name[i]);
	}
	string_set_free(&names);
	return bound;
}

/*
 * The console goes and comes with the framebuffer of the display's driver, perhaps under another
 * name, and that may be there only a while after the driver (drm_client_register()). One that hangs
 * is not tried again.
 */
static int return_consoles(const struct targets *targets)
{
	unsigned int left = targets->timeout * 1000;
	int error = ENOENT;
	struct text what;
	char *bound;

	while (!(bound = bind_consoles(targets, &error)) && error != ETIMEDOUT && left) {
		poll(NULL, 0, SLICE);
		left -= left < SLICE ? left : SLICE;
	}
	if (!bound && error == ENOENT) {
		message_error("console: no framebuffer console has come back within %u s",
			      targets->timeout);
		return -1;
	}
	text_set(&what, "console%s%s", bound ? " " : "", bound ? bound : "");
	error = tell(targets, what.data, "bound", bound ? 0 : error);
	free(bound);
	return error;
}

/* --- the firmware's framebuffer ----------------------------------------------------------------
 */

static bool framebuffer_is_bound(const struct targets *targets, const char *driver,
				 const char *device)
{
	return sysroot_has(targets->sysroot, PLATFORM "/%s/%s", driver, device);
}

static int bind_framebuffer(const struct targets *targets, const char *driver, const char *device,
			    bool bind)
{
	struct text path, what;
	int error;

	text_set(&what, "framebuffer %s", device);
	text_set(&path, PLATFORM "/%s/%s", driver, bind ? "bind" : "unbind");
	error = write_in_time(targets, path.data, device);
	if (!error && framebuffer_is_bound(targets, driver, device) != bind)
		error = EBUSY;
	return tell(targets, what.data, bind ? "bound" : "unbound", error);
}

static int release_framebuffers_of(struct desktop *desktop, const char *driver)
{
	const struct targets *targets = desktop->targets;
	struct string_set entries = sysroot_list(targets->sysroot, PLATFORM "/%s", driver);
	int result = 0;
	size_t i;

	/* A device is "efi-framebuffer.0"; the other entries have no dot. */
	for (i = 0; i < entries.count && result == 0; i++) {
		if (!strchr(entries.name[i], '.'))
			continue;
		result = note(desktop, "framebuffer", driver, entries.name[i]);
		if (result == 0)
			result = bind_framebuffer(targets, driver, entries.name[i], false);
	}
	string_set_free(&entries);
	return result;
}

/* Also those of simpledrm, efidrm and vesadrm, whose platform drivers have the same names. */
static int release_framebuffers(struct desktop *desktop)
{
	static const char *const drivers[] = { "efi-framebuffer", "vesa-framebuffer",
					       "simple-framebuffer", NULL };
	int i, result = 0;

	for (i = 0; drivers[i] && result == 0; i++)
		result = release_framebuffers_of(desktop, drivers[i]);
	return result;
}

/*
 * The card's own driver removes the firmware's framebuffer for good
 * (aperture_remove_conflicting_pci_devices()): then it was not there before either, or is not
 * needed any more.
 */
static int return_framebuffer(const struct targets *targets, const char *driver, const char *device)
{
	if (framebuffer_is_bound(targets, driver, device) ||
	    !sysroot_has(targets->sysroot, "/sys/bus/platform/devices/%s", device))
		return 0;
	return bind_framebuffer(targets, driver, device, true);
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
	if (note(desktop, "module", module, NULL) < 0 || run_modprobe(targets, "-r", module) < 0)
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
		result = release_consoles(&desktop);
	if (result == 0)
		result = release_framebuffers(&desktop);
	if (result == 0)
		result = unload_modules(&desktop);
	string_set_free(&desktop.notes);
	return result;
}

/* Brings back what one line notes. Returns 0, or -1 after printing an error. */
static int return_one(const struct targets *targets, const char *line)
{
	char *copy = strdup(line), *rest = copy;
	const char *kind = copy ? strsep(&rest, " ") : NULL;
	const char *name = rest ? strsep(&rest, " ") : NULL;
	int result = 0;

	if (!name)
		result = copy ? 0 : -1;
	else if (strcmp(kind, "unit") == 0)
		result = start_unit(targets, name);
	else if (strcmp(kind, "console") == 0)
		result = return_consoles(targets);
	else if (strcmp(kind, "framebuffer") == 0 && rest)
		result = return_framebuffer(targets, name, rest);
	else if (strcmp(kind, "module") == 0)
		result = load_module_again(targets, name);
	free(copy);
	return result;
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
