/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stopwatch COMMAND [ARGUMENT…]: runs COMMAND (without searching PATH) and prints how long it took,
 * from just before its process is created until it ends, in nanoseconds. Exits with COMMAND's
 * status, or 127 if it could not be run.
 */
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000LL + time.tv_nsec;
}

int main(int argc, char **argv)
{
	long long begin, end;
	int status;
	pid_t pid;

	if (argc < 2) {
		fputs("usage: stopwatch COMMAND [ARGUMENT...]\n", stderr);
		return 127;
	}
	/* The first call costs more than the next. */
	now();
	begin = now();
	/* Not fork, whose cost depends on the size of the caller. */
	pid = vfork();
	if (!pid) {
		execv(argv[1], argv + 1);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0)
		return 127;
	end = now();
	printf("%lld\n", end - begin);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
