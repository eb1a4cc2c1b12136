/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../compat.h"

#define SLICE 10

void run_dir_make(int root)
{
	/* All of it fails where there is no /run yet or it cannot be written: the boot goes on. */
	if (mkdirat(root, RUN_DIR, 0755) && errno == ENOENT && !mkdirat(root, "run", 0755))
		mkdirat(root, RUN_DIR, 0755);
}

bool lock_take(int root, unsigned int milliseconds)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	unsigned int waited;
	int fd;

	run_dir_make(root);
	fd = openat(root, RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return true;
	/* Left open: closing it would give up the lock. */
	for (waited = 0; fcntl(fd, F_SETLK, &lock); waited += SLICE) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return true;
		if (waited >= milliseconds)
			return false;
		poll(NULL, 0, SLICE);
	}
	return true;
}
