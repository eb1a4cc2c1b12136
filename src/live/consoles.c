/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "consoles.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "timed_write.h"

#define CONSOLES "/sys/class/vtconsole"
#define GRAPHICS "/sys/class/graphics"

/* How often one is looked for, in milliseconds. */
#define SLICE 100

/* How long a framebuffer is waited for that a driver may not make at all, in milliseconds. */
#define GRACE 2000

/* The dummy console, "(S) dummy device", is what the others leave the terminals to. */
static bool console_draws(const struct targets *targets, const char *name)
{
	char *what = sysroot_read(targets->sysroot, CONSOLES "/%s/name", name);
	bool draws = what && strstr(what, "frame buffer");

	free(what);
	return draws;
}

/*
 * Finds out whether one is bound: show_bind() in vt.c takes the lock of the console, which a write
 * that is stuck may hold. Returns 0 or an errno (positive): ETIMEDOUT if that takes too long.
 */
static int look_at_console(const struct targets *targets, const char *name, bool *bound)
{
	struct text path;
	char value[8];
	int error;

	text_set(&path, CONSOLES "/%s/bind", name);
	error = timed_read(targets, path.data, value, sizeof(value));
	*bound = !error && strcmp(value, "1") == 0;
	return error;
}

static int bind_console(const struct targets *targets, const char *name, bool bind)
{
	struct text path;
	bool bound;
	int error;

	text_set(&path, CONSOLES "/%s/bind", name);
	error = timed_write(targets, path.data, bind ? "1" : "0");
	if (!error)
		error = look_at_console(targets, name, &bound);
	return !error && bound != bind ? EBUSY : error;
}

/* One that is stuck counts as bound: unbinding it then says so. */
static bool console_seems_bound(const struct targets *targets, const char *name)
{
	bool bound;

	return look_at_console(targets, name, &bound) == ETIMEDOUT || bound;
}

struct string_set consoles_bound(const struct targets *targets)
{
	struct string_set names = sysroot_list(targets->sysroot, CONSOLES), bound = { 0 };
	size_t i;

	for (i = 0; i < names.count; i++)
		if (console_draws(targets, names.name[i]) &&
		    console_seems_bound(targets, names.name[i]))
			string_set_add(&bound, names.name[i]);
	string_set_free(&names);
	return bound;
}

int console_unbind(const struct targets *targets, const char *name)
{
	struct text what;

	text_set(&what, "console %s", name);
	return timed_write_tell(targets, what.data, "unbound", bind_console(targets, name, false));
}

/*
 * Binds each console that draws and is not bound. Returns the name of one that is bound then, from
 * malloc(3), or NULL. *@error: the last errno of a console that could not be bound, else unchanged.
 */
static char *bind_consoles(const struct targets *targets, int *error)
{
	struct string_set names = sysroot_list(targets->sysroot, CONSOLES);
	char *bound = NULL;
	bool is_bound;
	size_t i;
	int err = 0;

	/* What hangs would hang with each of them. */
	for (i = 0; i < names.count && err != ETIMEDOUT; i++) {
		if (!console_draws(targets, names.name[i]))
			continue;
		err = look_at_console(targets, names.name[i], &is_bound);
		if (!err && !is_bound)
			err = bind_console(targets, names.name[i], true);
		if (err)
			*error = err;
		else if (!bound)
			bound = strdup(names.name[i]);
	}
	string_set_free(&names);
	return bound;
}

/* Returns true if a driver has made a framebuffer, fb0: without one there is no console. */
static bool any_framebuffer(const struct targets *targets)
{
	struct string_set entries = sysroot_list(targets->sysroot, GRAPHICS);
	const char *name;
	bool any = false;
	size_t i;

	/* Beside them there is only "fbcon". */
	for (i = 0; i < entries.count; i++) {
		name = entries.name[i];
		any |= text_skip(&name, "fb") && isdigit((unsigned char)*name);
	}
	string_set_free(&entries);
	return any;
}

int consoles_bind(const struct targets *targets)
{
	unsigned int waited = 0, limit = targets->timeout * 1000;
	int error = ENOENT;
	struct text what;
	char *bound;

	/* What hangs once is not tried again. */
	while (!(bound = bind_consoles(targets, &error)) && error != ETIMEDOUT && waited < limit &&
	       (waited < GRACE || error != ENOENT || any_framebuffer(targets))) {
		poll(NULL, 0, SLICE);
		waited += SLICE;
	}
	if (!bound && error == ENOENT && !any_framebuffer(targets)) {
		message_warning("no framebuffer console has come back: the driver of this display "
				"has made no framebuffer");
		return 0;
	}
	if (!bound && error == ENOENT) {
		message_error("console: no framebuffer console has come back within %u s",
			      targets->timeout);
		return -1;
	}
	text_set(&what, "console%s%s", bound ? " " : "", bound ? bound : "");
	error = timed_write_tell(targets, what.data, "bound", bound ? 0 : error);
	free(bound);
	return error;
}
