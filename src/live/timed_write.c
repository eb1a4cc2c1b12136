/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timed_write.h"

#include <errno.h>
#include <stdio.h>

#include "../core/sysfs.h"
#include "../host/messages.h"
#include "../host/printable.h"

/* For a child. */
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

int timed_write(const struct targets *targets, const char *path, const char *data)
{
	/* Relative to the root directory. */
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

int timed_write_tell(const struct targets *targets, const char *what, const char *done, int error)
{
	if (error == ETIMEDOUT)
		message_error("%s: not %s: not finished within %u s", what, done, targets->timeout);
	else if (error)
		message_errno(error, "%s: not %s", what, done);
	else
		print_line("%s: %s", what, done);
	return error ? -1 : 0;
}
