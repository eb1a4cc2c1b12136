/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sysroot.h"

#define COPY_CHUNK (64 * 1024)

/* Creates one directory. Returns 0, also if it existed, or a negative errno value. */
static int make_directory(const char *path)
{
	if (mkdir(path, 0755) == 0)
		return chmod(path, 0755) == 0 ? 0 : -errno; /* the umask may have cleared bits */
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

/* Opens one that briefly has a name, for file systems without O_TMPFILE. */
static int open_named_scratch_file(void)
{
	char *directory = scratch_directory(), *name = NULL;
	int fd = -1, result;

	if (directory && asprintf(&name, "%s/vfio-claim.XXXXXX", directory) < 0)
		name = NULL;
	if (name)
		fd = mkostemp(name, O_CLOEXEC);
	result = fd < 0 ? -errno : fd;

	if (fd >= 0)
		unlink(name);
	free(name);
	free(directory);
	return result;
}

int open_scratch_file(void)
{
	char *directory = scratch_directory();
	int fd = directory ? open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

	free(directory);
	return fd < 0 ? open_named_scratch_file() : fd;
}

/* Writes all of @buf; write(2) may write less at a time. Returns 0 or a negative errno value. */
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

/* --- replacing files ---------------------------------------------------------------------------
 */

/* Returns the temporary name of the new file, next to the old one: a new string, or NULL. */
static char *temporary_name(const char *to)
{
	char *name;

	return asprintf(&name, "%s.vfio-claim-new", to) < 0 ? NULL : name;
}

void replace_file_clean(const char *to)
{
	char *temporary = temporary_name(to);

	if (temporary)
		unlink(temporary);
	free(temporary);
}

/* Sets owner, mode and time, and writes everything to disk. Returns 0 or a negative errno value. */
static int finish(int out, const struct file_form *form)
{
	struct timespec times[2] = { { .tv_nsec = UTIME_OMIT }, { .tv_nsec = UTIME_OMIT } };
	int err = 0;

	if (form->attributes)
		err = file_attributes_apply(form->attributes, out);
	else if (fchmod(out, form->mode) < 0)
		err = -errno;
	if (!err && form->time) {
		times[1] = *form->time;
		err = futimens(out, times) == 0 ? 0 : -errno;
	}
	/* A name must never refer to a file whose contents are not on disk. */
	if (!err && fsync(out) < 0)
		err = -errno;
	return err;
}

/* Fills an open file. Returns 0 or a negative errno value; @out is closed. */
static int fill(int out, int in, const struct file_form *form)
{
	int err = lseek(in, 0, SEEK_SET) < 0 ? -errno : copy_all(in, out);

	if (!err && ftruncate(out, lseek(out, 0, SEEK_CUR)) < 0)
		err = -errno;
	if (!err)
		err = finish(out, form);
	/* close(2) may be the first to report that the disk is full or the server gone. */
	if (close(out) < 0 && !err)
		err = -errno;
	return err;
}

/* Writes it next to the old one and renames it. Returns 0 or a negative errno value. */
static int write_beside(const char *to, int in, const struct file_form *form)
{
	char *temporary = temporary_name(to);
	int out, err;

	if (!temporary)
		return -ENOMEM;
	/* A killed run may have left one. */
	unlink(temporary);
	out = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	err = out < 0 ? -errno : fill(out, in, form);
	if (!err && rename(temporary, to) < 0)
		err = -errno;
	if (err && out >= 0)
		unlink(temporary);
	free(temporary);
	return err;
}

/* Writes into the existing file. Returns 0 or a negative errno value. */
static int write_into(const char *to, int in, const struct file_form *form)
{
	int out = open(to, O_WRONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	return out < 0 ? -errno : fill(out, in, form);
}

/* Returns true if an error that prevents replacing the file does not prevent writing into it. */
static bool may_write_into(int err)
{
	/* Attributes that a new file cannot get; a file that is a mount point. */
	return err == -EPERM || err == -ENOTSUP || err == -EBUSY;
}

int replace_file(const char *to, int in, const struct file_form *form)
{
	struct stat st;
	bool there = lstat(to, &st) == 0;
	int err;

	if (there && !S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	if (there && st.st_nlink > 1)
		return write_into(to, in, form);
	err = write_beside(to, in, form);
	return there && form->attributes && may_write_into(err) ? write_into(to, in, form) : err;
}

int open_text(const char *text, size_t len)
{
	int fd = open_scratch_file(), err = fd < 0 ? fd : write_all(fd, text, len);

	if (err && fd >= 0)
		close(fd);
	return err ? err : fd;
}

int copy_file(const char *from, const char *to, mode_t mode)
{
	/* O_NONBLOCK: a FIFO with that name must not hang the build; regular files ignore it. */
	int err = 0, in = open(from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct file_form form = { .mode = mode };
	struct stat st;

	if (in < 0 || fstat(in, &st) < 0)
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	form.time = &st.st_mtim;
	if (!err)
		err = write_beside(to, in, &form);
	if (in >= 0)
		close(in);
	return err;
}

int write_file(const char *to, const char *text, size_t len, mode_t mode)
{
	const struct file_form form = { .mode = mode };
	int in = open_text(text, len), err = in < 0 ? in : write_beside(to, in, &form);

	if (in >= 0)
		close(in);
	return err;
}

int write_output(const char *to, const char *text, size_t len, mode_t mode)
{
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, mode);
	int err = out < 0 ? -errno : write_all(out, text, len);

	if (out >= 0 && close(out) < 0 && !err)
		err = -errno;
	return err;
}
