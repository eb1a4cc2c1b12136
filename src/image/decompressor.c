/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decompressor.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/run_tool.h"

/* The first child: writes the part to the program. Does not return. */
static void feed(int to, int fd, off_t at, off_t end)
{
	char bytes[65536];

	while (at < end) {
		size_t size = end - at < (off_t)sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes);
		ssize_t got = pread(fd, bytes, size, at);

		if (got <= 0 || write(to, bytes, (size_t)got) != got)
			_exit(1);
		at += got;
	}
	_exit(0);
}

/* The second child: becomes the program. Does not return. */
static void become(const char *path, const char *program, int in, int out)
{
	char *const argv[] = { (char *)program, (char *)"-dc", NULL }, *const envp[] = { NULL };
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* Its messages are dropped: a failure shows in its output. */
	if (null >= 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
	    dup2(null, STDERR_FILENO) >= 0)
		execve(path, argv, envp);
	_exit(127);
}

static void close_both(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

int decompressor_start(struct decompressor *decompressor, const char *program, int fd, off_t at,
		       off_t end)
{
	char *path = find_program("", program);
	int in[2], out[2];

	if (!path)
		return -ENOENT;
	if (pipe2(in, O_CLOEXEC) < 0) {
		free(path);
		return -errno;
	}
	if (pipe2(out, O_CLOEXEC) < 0) {
		close_both(in);
		free(path);
		return -errno;
	}
	decompressor->feeder = fork();
	if (decompressor->feeder == 0) {
		close(in[0]); /* so that it ends with the program */
		feed(in[1], fd, at, end);
	}
	decompressor->program = decompressor->feeder < 0 ? -1 : fork();
	if (decompressor->program == 0)
		become(path, program, in[0], out[1]);
	close_both(in);
	close(out[1]);
	decompressor->output = out[0];
	free(path);
	return decompressor->program < 0 ? -EAGAIN : 0;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void decompressor_stop(struct decompressor *decompressor)
{
	if (!decompressor->feeder)
		return;
	close(decompressor->output);
	end(decompressor->feeder);
	end(decompressor->program);
	*decompressor = (struct decompressor){ 0 };
}
