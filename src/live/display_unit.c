/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "display_unit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/sysroot_files.h"

/* A little more than DefaultTimeoutStopSec= (systemd-system.conf(5)), after which systemd kills
 * what is left of a unit. */
#define UNIT_SECONDS 95

#define OUTPUT_LIMIT 4096

static int run_systemctl(const char *sysroot, const char *const *argv, char **output)
{
	const struct tool systemctl = { .sysroot = sysroot,
					.argv = argv,
					.output_limit = output ? OUTPUT_LIMIT : 0,
					.seconds = UNIT_SECONDS,
					.plain = true };

	return tool_run(&systemctl, output, NULL);
}

/* Returns a property of the unit, "" if systemd does not know it: a new string. NULL after printing
 * an error. */
static char *property_of(const char *sysroot, const char *unit, const char *property)
{
	const char *const argv[] = {
		"systemctl", "show", "--property", property, "--", unit, NULL
	};
	char *output, *value;

	if (run_systemctl(sysroot, argv, &output) < 0)
		return NULL;
	/* One line, "ActiveState=active". */
	value = output + strcspn(output, "=\n");
	value += *value == '=';
	value = strndup(value, strcspn(value, "\n"));
	free(output);
	return value;
}

/* Returns true if ActiveState is one of @words, each with a blank behind it. */
static bool is_in_state(const char *sysroot, const char *unit, const char *words)
{
	char *state = property_of(sysroot, unit, "ActiveState");
	const char *found = state && *state ? strstr(words, state) : NULL;
	bool is = found && found[strlen(state)] == ' ' && (found == words || found[-1] == ' ');

	free(state);
	return is;
}

char *display_unit_running(const char *sysroot, const char *unit)
{
	char *id;

	/* Where systemd runs: sd_booted(3). */
	if (!sysroot_has(sysroot, "/run/systemd/system") ||
	    !is_in_state(sysroot, unit, "active activating reloading deactivating "))
		return NULL;
	id = property_of(sysroot, unit, "Id");
	if (id && *id)
		return id;
	free(id);
	return strdup(unit);
}

static int run_verb(const char *sysroot, const char *verb, const char *unit, const char *states)
{
	const char *const argv[] = { "systemctl", verb, "--", unit, NULL };

	if (run_systemctl(sysroot, argv, NULL) < 0)
		return -1;
	if (is_in_state(sysroot, unit, states))
		return 0;
	message_error("%s: 'systemctl %s' has succeeded, but 'systemctl status %s' shows another "
		      "state",
		      unit, verb, unit);
	return -1;
}

int display_unit_stop(const char *sysroot, const char *unit)
{
	return run_verb(sysroot, "stop", unit, "inactive failed ");
}

int display_unit_start(const char *sysroot, const char *unit)
{
	return run_verb(sysroot, "start", unit, "active activating reloading ");
}
