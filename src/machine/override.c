/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "override.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/child.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"

#define PATIENCE 2000 /* milliseconds */

struct function {
	const char *sysroot, *slot;
};

/* For a child. */
static int read_job(void *what, int say)
{
	const struct function *function = what;
	char *override =
		say < 0 ? NULL
			: sysroot_read(function->sysroot, "/sys/bus/pci/devices/%s/driver_override",
				       function->slot);
	int error = EIO;

	if (override && write(say, override, strlen(override)) == (ssize_t)strlen(override))
		error = 0;
	free(override);
	return error;
}

char *override_read(const char *sysroot, const char *slot)
{
	struct function function = { sysroot, slot };
	unsigned int budget = PATIENCE;
	struct child child;

	fflush(stdout);
	child_start(&child, read_job, &function);
	if (!child_wait(&child, PATIENCE, &budget)) {
		child_abandon(&child);
		message_warning("%s: its driver is stuck; its driver_override cannot be read",
				slot);
		return NULL;
	}
	if (child.error)
		return NULL;
	return strdup(strcmp(child.said, "(null)") == 0 ? "" : child.said);
}
