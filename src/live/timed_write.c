/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "timed_write.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

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

/* Does the job in a child, in time. Returns as timed_write(). */
static int do_in_time(const struct targets *targets, struct child *child, child_job *job,
		      void *what)
{
	unsigned int budget = targets->timeout * 1000;

	fflush(stdout);
	child_start(child, job, what);
	if (!child_wait(child, budget, &budget)) {
		child_abandon(child);
		return ETIMEDOUT;
	}
	return child->error;
}

int timed_write(const struct targets *targets, const char *path, const char *data)
{
	/* Relative to the root directory. */
	struct write write = { .root = targets->root, .path = path + 1, .data = data };
	struct child child;

	return do_in_time(targets, &child, write_job, &write);
}

/* For a child, or for us if there can be none. */
struct read {
	int root;
	const char *path;
	char *data;
	size_t size;
};

static int read_job(void *what, int say)
{
	const struct read *file = what;
	int length = sysfs_read(file->root, file->path, file->data, file->size);

	if (length < 0)
		return -length;
	if (say >= 0 && write(say, file->data, (size_t)length) != length)
		return EIO;
	return 0;
}

int timed_read(const struct targets *targets, const char *path, char *data, size_t size)
{
	struct read file = { targets->root, path + 1, data, size };
	struct child child;
	int error;

	data[0] = '\0';
	error = do_in_time(targets, &child, read_job, &file);
	if (!error && child.length)
		snprintf(data, size, "%s", child.said);
	return error;
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
