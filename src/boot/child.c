/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../compat.h"

/* One look at the pipe, in milliseconds: what is counted is looks, as klibc has no monotonic clock.
 */
#define SLICE 10

void child_start(struct child *child, child_job *job, void *what)
{
	int ends[2];
	pid_t pid;

	memset(child, 0, sizeof(*child));
	if (pipe2(ends, O_CLOEXEC)) {
		child->error = errno;
		return;
	}
	pid = fork();
	if (!pid) {
		/* One that is left behind must not hold up whoever reads our output. */
		close(STDOUT_FILENO);
		close(STDERR_FILENO);
		_exit(job(what, ends[1]));
	}
	close(ends[1]);
	if (pid < 0) {
		child->error = errno;
		close(ends[0]);
		return;
	}
	child->pid = pid;
	child->fd = ends[0];
	child->error = ETIMEDOUT;
}

/* Keeps the beginning of what the child says and throws the rest away, so that it never blocks. */
static bool listen_once(struct child *child)
{
	char data[256];
	size_t room = sizeof(child->said) - 1 - child->length;
	ssize_t got = read(child->fd, data, sizeof(data));

	if (got <= 0)
		return got < 0 && errno == EINTR;
	if ((size_t)got < room)
		room = (size_t)got;
	memcpy(child->said + child->length, data, room);
	child->length += room;
	return true;
}

static void reap(struct child *child)
{
	int status;
	pid_t pid;

	close(child->fd);
	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	if (pid < 0)
		child->error = errno;
	else
		child->error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	child->pid = 0;
}

bool child_wait(struct child *child, unsigned int patience, unsigned int *budget)
{
	struct pollfd watched = { .fd = child->fd, .events = POLLIN };
	unsigned int waited = 0;
	int ready;

	while (child->pid) {
		ready = poll(&watched, 1, waited < patience ? SLICE : 0);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready > 0 && !listen_once(child))
			reap(child);
		if (ready > 0)
			continue;
		if (waited >= patience)
			break;
		waited += SLICE;
		*budget -= *budget < SLICE ? *budget : SLICE;
	}
	return !child->pid;
}

void child_abandon(struct child *child)
{
	if (!child->pid)
		return;
	kill(child->pid, SIGKILL);
	close(child->fd);
	child->pid = 0;
}
