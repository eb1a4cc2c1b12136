/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/compat.h"
#include "../core/text.h"

#define SLICE 10

bool run_dir_make(int root)
{
	bool made = !mkdirat(root, RUN_DIR, 0755);

	/* If there is no /run yet or it is read-only, this fails and the boot continues. */
	if (!made && errno == ENOENT && !mkdirat(root, "run", 0755))
		made = !mkdirat(root, RUN_DIR, 0755);
	return made;
}

void file_put(int root, const char *path, const char *data, size_t length)
{
	struct text new;
	bool done;
	int fd;

	text_set(&new, "%s.new", path);
	fd = openat(root, new.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	done = write(fd, data, length) == (ssize_t)length;
	close(fd);
	if (!done || renameat(root, new.data, root, path))
		unlinkat(root, new.data, 0);
}

bool lock_take(int root, unsigned int milliseconds)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	unsigned int waited;
	int fd;

	fd = openat(root, RUN_DIR "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return true;
	/* The descriptor stays open: closing it would release the lock. */
	for (waited = 0; fcntl(fd, F_SETLK, &lock); waited += SLICE) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			return true;
		if (waited >= milliseconds)
			return false;
		poll(NULL, 0, SLICE);
	}
	return true;
}
