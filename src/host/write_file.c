/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_file.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysroot.h"

#define COPY_CHUNK (64 * 1024)

/* Makes one directory. Gives 0, also when it was there, or a negative errno value. */
static int make_directory(const char *path)
{
	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) == 0 ? 0 : -errno; /* the umask may have taken bits away */
	if (errno != EEXIST)
		return -errno;
	return is_directory(path) ? 0 : -ENOTDIR;
}

int make_directories(char *path)
{
	char *slash = path;
	int err;

	while ((slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		err = make_directory(path);
		*slash = '/';
		if (err)
			return err;
	}
	return make_directory(path);
}

char *scratch_directory(void)
{
	const char *directory = getenv("TMPDIR");

	return strdup(directory && *directory == '/' ? directory : "/var/tmp");
}

/* A new string, or NULL with errno. */
static char *scratch_template(void)
{
	char *directory = scratch_directory(), *name = NULL;

	if (directory && asprintf(&name, "%s/vfio-claim.XXXXXX", directory) < 0)
		name = NULL;
	free(directory);
	return name;
}

char *make_scratch_directory(void)
{
	char *name = scratch_template();
	int err;

	if (name && mkdtemp(name))
		return name;
	err = errno;
	free(name);
	errno = err;
	return NULL;
}

int open_scratch_file(void)
{
	char *name = scratch_template();
	int fd = name ? mkostemp(name, O_CLOEXEC) : -1;
	int result = fd < 0 ? -errno : fd;

	if (fd >= 0)
		unlink(name);
	free(name);
	return result;
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *walk)
{
	(void)st;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

void remove_directory(const char *path)
{
	nftw(path, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes all of @buf; write(2) may take less at a time. Gives 0 or a negative errno value. */
static int write_all(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t done = write(fd, buf, len);

		if (done < 0)
			return -errno;
		buf += done;
		len -= (size_t)done;
	}
	return 0;
}

int copy_all(int from, int to)
{
	static char buf[COPY_CHUNK];
	ssize_t len;
	int err;

	while ((len = read(from, buf, sizeof(buf))) > 0) {
		err = write_all(to, buf, (size_t)len);
		if (err)
			return err;
	}
	return len < 0 ? -errno : 0;
}

/* Content, mode and time of an open file into another. Gives 0 or a negative errno value. */
static int fill(int from, int to, mode_t mode)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT } };
	struct stat st;
	int err;

	if (fstat(from, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	err = copy_all(from, to);
	if (err)
		return err;
	times[1] = st.st_mtim;
	if (fchmod(to, mode) < 0 || futimens(to, times) < 0)
		return -errno;
	return 0;
}

int copy_open_file(int in, const char *to, mode_t mode)
{
	char *temporary;
	int out, err = 0;

	if (asprintf(&temporary, "%s.XXXXXX", to) < 0)
		return -ENOMEM;
	out = mkostemp(temporary, O_CLOEXEC);
	if (out < 0) {
		err = -errno;
		goto out;
	}
	err = fill(in, out, mode);
	/* A name must never lead to a file whose content is still to be written. */
	if (!err && fsync(out) < 0)
		err = -errno;
	/* close(2) may be the first to say that the disk is full or the server gone. */
	if (close(out) < 0 && !err)
		err = -errno;
	if (!err && rename(temporary, to) < 0)
		err = -errno;
	if (err)
		unlink(temporary);
out:
	free(temporary);
	return err;
}

int copy_file(const char *from, const char *to, mode_t mode)
{
	/* O_NONBLOCK: a FIFO under that name must not hang the build; files do not heed it. */
	int err, in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (in < 0)
		return -errno;
	err = copy_open_file(in, to, mode);
	close(in);
	return err;
}

int write_file(const char *to, const char *text, size_t len, mode_t mode)
{
	FILE *in = tmpfile();
	int err;

	if (!in)
		return -errno;
	err = write_all(fileno(in), text, len);
	if (!err && lseek(fileno(in), 0, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		err = copy_open_file(fileno(in), to, mode);
	fclose(in);
	return err;
}
