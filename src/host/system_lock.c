/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "messages.h"
#include "signals.h"
#include "sysroot.h"
#include "write_file.h"

#define DIRECTORY "/run"
#define FILE_NAME "/run/vfio-claim.lock"

#define PATIENCE   60 /* seconds */
#define PER_SECOND 10

/* Opens the file, creating it if necessary. Returns a descriptor or a negative errno value. */
static int open_file(const char *sysroot)
{
	char *directory = path_below(sysroot, DIRECTORY), *file = path_below(sysroot, FILE_NAME);
	int fd = -ENOMEM, err = directory ? make_directories(directory) : -ENOMEM;

	if (!err && file)
		fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (!err && file && fd < 0)
		fd = -errno;
	free(directory);
	free(file);
	return err ? err : fd;
}

/* Returns the process that holds the lock, or 0. */
static pid_t holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

static void say_who(pid_t pid)
{
	message_error("another vfio-claim (process %ld) is changing this system: waiting for it to "
		      "finish",
		      (long)pid);
}

/* Returns 0 or a negative errno value: -EAGAIN if another holds it. */
static int try_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	return errno == EACCES ? -EAGAIN : -errno;
}

/* Returns what try_lock() returns. */
static int wait_for(int fd)
{
	const struct timespec pause = { .tv_nsec = 1000000000 / PER_SECOND };
	int err = try_lock(fd);
	unsigned int i;

	if (err == -EAGAIN)
		say_who(holder(fd));
	for (i = 0; err == -EAGAIN && i < PATIENCE * PER_SECOND; i++) {
		nanosleep(&pause, NULL);
		err = try_lock(fd);
	}
	return err;
}

int system_lock(const char *sysroot)
{
	int fd = open_file(sysroot), err = fd < 0 ? fd : wait_for(fd);

	/* The descriptor stays open, because closing it would release the lock. */
	if (!err) {
		signals_survive_pipe();
		return 0;
	}
	if (err == -EAGAIN)
		message_error("process %ld is still changing this system: nothing was changed; try "
			      "again when it has finished",
			      (long)holder(fd));
	else
		message_errno(err, "cannot lock %s" FILE_NAME, sysroot);
	if (fd >= 0)
		close(fd);
	return -1;
}
