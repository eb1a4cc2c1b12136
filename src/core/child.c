/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "compat.h"

/*
 * The interval between two looks at a child, in milliseconds. Looks are counted because klibc has
 * no monotonic clock.
 */
#define SLICE 10

/* The first pause after the words of a child, in nanoseconds: a sixteenth of a millisecond. */
#define MILLISECOND 1000000
#define PAUSE       (MILLISECOND / 16)

/* What a child does before its work. */
static int begin(child_job *job, void *what, int say)
{
	sigset_t deaf;

	/*
	 * The child may outlive this program: then nobody reads its pipe, and PID 1 sends signals
	 * to all processes.
	 */
	sigfillset(&deaf);
	sigprocmask(SIG_SETMASK, &deaf, NULL);
	/* A child that is left behind must not keep our output open. */
	close(STDOUT_FILENO);
	close(STDERR_FILENO);
	return job(what, say);
}

void child_start(struct child *child, child_job *job, void *what)
{
	int ends[2];
	pid_t pid;

	memset(child, 0, sizeof(*child));
	if (pipe2(ends, O_CLOEXEC)) {
		child->error = job(what, -1);
		return;
	}
	pid = fork();
	if (!pid)
		_exit(begin(job, what, ends[1]));
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		child->error = job(what, -1);
		return;
	}
	child->pid = pid;
	child->fd = ends[0];
	child->error = ETIMEDOUT;
}

/* Keeps the beginning of what the child says and throws the rest away, so that it never blocks. */
static void listen_once(struct child *child)
{
	char data[4096];
	size_t room = sizeof(child->said) - 1 - child->length;
	ssize_t got = read(child->fd, data, sizeof(data));

	if (got <= 0)
		return;
	if ((size_t)got < room)
		room = (size_t)got;
	memcpy(child->said + child->length, data, room);
	child->length += room;
}

/* Returns true if the child has ended. Closing its end of the pipe is not ending. */
static bool reap(struct child *child)
{
	int status = 0;

	/* There is no status to collect if SIGCHLD was ignored when this program was started. */
	if (!waitpid(child->pid, &status, WNOHANG))
		return false;
	child->error = WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
	/* Its last words are still in the pipe, unless a child of its own has the other end. */
	if (poll(&(struct pollfd){ .fd = child->fd, .events = POLLIN }, 1, 0) > 0)
		listen_once(child);
	close(child->fd);
	child->pid = 0;
	return true;
}

bool child_wait(struct child *child, unsigned int patience, unsigned int *budget)
{
	struct pollfd watched = { .fd = child->fd, .events = POLLIN };
	struct timespec pause = { .tv_nsec = PAUSE };
	unsigned int waited = 0;
	unsigned int spent;

	while (child->pid && !reap(child)) {
		if (waited >= patience)
			return false;
		spent = SLICE;
		/*
		 * After its last word, a child ends within microseconds. One that keeps writing, or
		 * has closed its pipe, is soon looked at only every other millisecond.
		 */
		if (poll(&watched, 1, SLICE) > 0) {
			listen_once(child);
			nanosleep(&pause, NULL);
			spent = (unsigned int)pause.tv_nsec / MILLISECOND;
			if (!spent)
				pause.tv_nsec *= 2;
		}
		waited += spent;
		*budget -= *budget < spent ? *budget : spent;
	}
	return true;
}

void child_abandon(struct child *child)
{
	if (!child->pid)
		return;
	kill(child->pid, SIGKILL);
	close(child->fd);
	child->pid = 0;
}
