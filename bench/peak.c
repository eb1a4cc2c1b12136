/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peak COMMAND [ARGUMENT…]: runs COMMAND (without searching PATH) and prints how much memory it had
 * resident at most, in KiB. Read when it exits: ru_maxrss would be at least this program's own
 * memory, and the kernel's counters are rounded by up to 64 pages a processor in some versions, so
 * the pages of /proc/PID/smaps_rollup are counted, too. Exits with COMMAND's status, or 127 if it
 * could not be run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* Returns the value of "name: VALUE kB" in /proc/PID/FILE, or 0 if there is none. */
static long kilobytes(pid_t pid, const char *name, const char *format)
{
	char path[64], line[256];
	long value = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	file = fopen(path, "r");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file) && sscanf(line, format, &value) != 1)
		;
	fclose(file);
	return value;
}

static void print_peak(pid_t pid)
{
	long most = kilobytes(pid, "status", "VmHWM: %ld");
	long now = kilobytes(pid, "smaps_rollup", "Rss: %ld");

	printf("%ld\n", most > now ? most : now);
}

int main(int argc, char **argv)
{
	int status, event;
	pid_t pid;

	if (argc < 2) {
		fputs("usage: peak COMMAND [ARGUMENT...]\n", stderr);
		return 127;
	}
	pid = fork();
	if (!pid) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[1], argv + 1);
		_exit(127);
	}
	/* Stops when it has been executed. */
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		return 127;
	ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)PTRACE_O_TRACEEXIT);
	ptrace(PTRACE_CONT, pid, NULL, NULL);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		event = status >> 16;
		if (event == PTRACE_EVENT_EXIT)
			print_peak(pid);
		ptrace(PTRACE_CONT, pid, NULL, (void *)(long)(event ? 0 : WSTOPSIG(status)));
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 127;
}
