/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "consoles.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "timed_write.h"

#define CONSOLES "/sys/class/vtconsole"

/* How often one is looked for, in milliseconds. */
#define SLICE 100

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
	error = timed_write(targets, path.data, bind ? "1" : "0");
	return !error && console_is_bound(targets, name) != bind ? EBUSY : error;
}

struct string_set consoles_bound(const struct targets *targets)
{
	struct string_set names = sysroot_list(targets->sysroot, CONSOLES), bound = { 0 };
	size_t i;

	for (i = 0; i < names.count; i++)
		if (console_draws(targets, names.name[i]) &&
		    console_is_bound(targets, names.name[i]))
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

int consoles_bind(const struct targets *targets)
{
	unsigned int left = targets->timeout * 1000;
	int error = ENOENT;
	struct text what;
	char *bound;

	/* What hangs once is not tried again. */
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
	error = timed_write_tell(targets, what.data, "bound", bound ? 0 : error);
	free(bound);
	return error;
}
