/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "messages.h"
#include "sysroot_files.h"

/* What a shell says when it cannot find a command, or its own interpreter. */
#define NOT_FOUND 127

/* How many lines of a command that has failed are shown. */
#define SHOWN 20

static const char *const directories[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					   "/usr/bin",        "/sbin",          "/bin" };

/* Sets PATH to the directories. */
static int set_path(void)
{
	char path[128] = "";
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (i)
			strcat(path, ":");
		strcat(path, directories[i]);
	}
	return setenv("PATH", path, 1);
}

/* The child: becomes the command; does not return. */
static void become(const char *sysroot, const char *command, int output)
{
	int input = open("/dev/null", O_RDONLY | O_CLOEXEC);

	/* In /, where no selector with a wildcard is a pattern of files for a careless tool. */
	if ((sysroot[0] && chroot(sysroot) < 0) || chdir("/") < 0)
		dprintf(output, "chroot %s: %s\n", sysroot, strerror(errno));
	else if (set_path() == 0 && dup2(input, STDIN_FILENO) >= 0 &&
		 dup2(output, STDOUT_FILENO) >= 0 && dup2(output, STDERR_FILENO) >= 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		dprintf(output, "/bin/sh: %s\n", strerror(errno));
	}
	_exit(NOT_FOUND);
}

/* Gives the status of waitpid(2), or -1 with errno. */
static int wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Says the end of what the command has printed. */
static void show(FILE *log)
{
	char *lines[SHOWN] = { NULL }, *line = NULL;
	size_t size = 0, count = 0, i;

	rewind(log);
	while (getline(&line, &size, log) > 0) {
		line[strcspn(line, "\n")] = '\0';
		free(lines[count % SHOWN]);
		lines[count++ % SHOWN] = line;
		line = NULL;
	}
	free(line);
	for (i = 0; i < SHOWN; i++) {
		line = lines[(count + i) % SHOWN];
		if (line)
			complain("  %s", line);
		free(line);
	}
}

static void complain_of(const char *command, int status)
{
	if (status == -1)
		complain_errno(errno, "cannot run '%s'", command);
	else if (WIFSIGNALED(status))
		complain("'%s' was ended by signal %d (%s); it printed:", command, WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else
		complain("'%s' failed with status %d; it printed:", command, WEXITSTATUS(status));
}

int run_command(const char *sysroot, const char *command)
{
	FILE *log = tmpfile();
	int status = -1;
	pid_t pid = -1;

	if (log)
		pid = fork();
	if (pid == 0)
		become(sysroot, command, fileno(log));
	if (pid > 0)
		status = wait_for(pid);
	if (status != 0) {
		complain_of(command, status);
		if (log)
			show(log);
	}
	if (log)
		fclose(log);
	return status == 0 ? 0 : -1;
}

char *find_program(const char *sysroot, const char *name)
{
	char *path;
	size_t i;

	for (i = 0; i < sizeof(directories) / sizeof(directories[0]); i++) {
		if (asprintf(&path, "%s/%s", directories[i], name) < 0)
			return NULL;
		if (sysroot_has(sysroot, "%s", path))
			return path;
		free(path);
	}
	return NULL;
}

bool has_program(const char *sysroot, const char *name)
{
	char *path = find_program(sysroot, name);

	free(path);
	return path;
}
