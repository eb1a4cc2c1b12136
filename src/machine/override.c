/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "override.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"

#define PATIENCE 2000 /* milliseconds */

/* Longer than any driver's name. */
#define OVERRIDE_SIZE 256

/* Only this may be stuck for ever; whoever waits for the end of our output must not wait for it. */
static void read_into(const char *sysroot, const char *slot, int pipe)
{
	int null = open("/dev/null", O_RDWR);
	char *override;

	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	override = sysroot_read(sysroot, "/sys/bus/pci/devices/%s/driver_override", slot);
	if (override && strlen(override) < OVERRIDE_SIZE)
		_exit(write(pipe, override, strlen(override) + 1) < 0);
	_exit(1);
}

/* Gives what came through, or NULL. */
static char *wait_for(pid_t child, int pipe, const char *slot)
{
	struct pollfd poll_pipe = { .fd = pipe, .events = POLLIN };
	char override[OVERRIDE_SIZE];

	if (poll(&poll_pipe, 1, PATIENCE) == 0) {
		complain("warning: %s: its driver does not let go of it; what its driver_override "
			 "is "
			 "cannot be read",
			 slot);
		kill(child, SIGKILL);
		return NULL;
	}
	waitpid(child, NULL, 0);
	if (read(pipe, override, sizeof(override)) <= 0)
		return NULL;
	return strdup(strcmp(override, "(null)") ? override : "");
}

char *override_read(const char *sysroot, const char *slot)
{
	char *override = NULL;
	int ends[2];
	pid_t child;

	if (pipe(ends) < 0)
		return NULL;
	child = fork();
	if (child == 0)
		read_into(sysroot, slot, ends[1]);
	close(ends[1]);
	if (child > 0)
		override = wait_for(child, ends[0], slot);
	close(ends[0]);
	return override;
}
