/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "messages.h"
#include "printable.h"
#include "run_tool.h"
#include "sysroot.h"
#include "write_file.h"

#define NEW_MODE 0644

/* A boot menu, the largest file that is read, is far smaller. */
#define TEXT_LIMIT (16 * 1024 * 1024)
#define DIFF_LIMIT (2 * TEXT_LIMIT)

#define CHUNK (64 * 1024)

/* Returns the path of the file itself, links followed: a new string, or NULL with errno. */
static char *locate(const char *sysroot, const char *path)
{
	char *within = path_within(sysroot, path), *file;

	file = within ? path_below(sysroot, within) : NULL;
	free(within);
	return file;
}

/* Opens a regular file for reading. Returns a descriptor or a negative errno value. */
static int open_regular(const char *file, struct stat *st)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return S_ISDIR(st->st_mode) ? -EISDIR : -EINVAL;
}

/* --- reading -----------------------------------------------------------------------------------
 */

/* Returns true for /dev/null, the target of "masked" files' links. */
static bool is_dev_null(const struct stat *st)
{
	return S_ISCHR(st->st_mode) && st->st_rdev == makedev(1, 3);
}

/* Returns everything in @stream: a new string, or NULL with errno. */
static char *read_all(FILE *stream)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;

	errno = 0;
	len = getdelim(&text, &size, '\0', stream);
	if (len < 0 && !ferror(stream)) { /* an empty file */
		free(text);
		return strdup("");
	}
	if (len > 0 && text[len - 1] != '\0')
		return text;
	free(text);
	/* What follows a NUL would be lost when the file is written. */
	if (len > 0)
		errno = EILSEQ;
	return NULL;
}

char *file_text(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path), *text = NULL;
	struct stat st = { 0 };
	int fd = file ? open_regular(file, &st) : -errno;
	FILE *stream = fd >= 0 && st.st_size <= TEXT_LIMIT ? fdopen(fd, "re") : NULL;
	int err;

	if (stream)
		text = read_all(stream);
	else if (is_dev_null(&st))
		text = strdup("");
	else
		errno = fd < 0 ? -fd : EFBIG;
	err = errno;
	if (stream)
		fclose(stream);
	else if (fd >= 0)
		close(fd);
	free(file);
	errno = err;
	return text;
}

/* --- replacing ---------------------------------------------------------------------------------
 */

/* Creates the directory of @file. Returns 0 or a negative errno value. */
static int make_parent(const char *file)
{
	char *parent = strdup(file), *slash = parent ? strrchr(parent, '/') : NULL;
	int err = parent ? 0 : -ENOMEM;

	if (slash && slash > parent) {
		*slash = '\0';
		err = make_directories(parent);
	}
	free(parent);
	return err;
}

/* Writes a file that existed, open as @old, or did not (-ENOENT). */
static int replace_with(const char *file, int old, const char *text)
{
	struct file_attributes attributes = { 0 };
	struct file_form form = { .mode = NEW_MODE };
	int in = open_text(text, strlen(text)), err = in < 0 ? in : 0;

	if (!err && old >= 0) {
		err = file_attributes_read(&attributes, old);
		form.attributes = &attributes;
	}
	if (!err)
		err = replace_file(file, in, &form);
	if (in >= 0)
		close(in);
	file_attributes_free(&attributes);
	return err;
}

/* Returns 0 or a negative errno value. */
static int replace(const char *file, const char *text)
{
	struct stat st;
	int old, err;

	if (!text)
		return unlink(file) == 0 ? 0 : -errno;
	old = open_regular(file, &st);
	if (old < 0 && old != -ENOENT)
		return old;
	err = make_parent(file);
	if (!err)
		err = replace_with(file, old, text);
	if (old >= 0)
		close(old);
	return err;
}

int file_replace(const char *sysroot, const char *path, const char *text)
{
	char *file = locate(sysroot, path);
	int err = file ? replace(file, text) : -errno;

	if (file)
		message_debug(err, "%s %s", text ? "write" : "remove", file);
	if (err)
		message_errno(err, "cannot %s %s%s", text ? "write" : "remove", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

/*
 * Tries the file, or the directory to create it in; @file: modified. Returns 0 or a negative errno
 * value.
 */
static int try_access(char *file)
{
	char *slash;

	while (access(file, W_OK) < 0) {
		slash = strrchr(file, '/');
		if ((errno != ENOENT && errno != ENOTDIR) || !slash || slash == file)
			return -errno;
		*slash = '\0';
	}
	return 0;
}

int file_check_writable(const char *sysroot, const char *path)
{
	char *file = locate(sysroot, path);
	int err = file ? try_access(file) : -errno;

	if (err)
		message_errno(err, "cannot write %s%s", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

void file_clean(const char *sysroot, const char *path)
{
	char *file = locate(sysroot, path);

	if (file)
		replace_file_clean(file);
	free(file);
}

/* --- showing -----------------------------------------------------------------------------------
 */

/* Prints the diff(1) of two files, both labelled @name. Returns 0 or -1. */
static int run_diff(const char *name, const char *old, const char *new)
{
	const char *const argv[] = { "diff", "-ut", "-L", name, "-L", name, "--", old, new, NULL };
	/* Status 1: they differ. */
	const struct tool diff = { .argv = argv, .output_limit = DIFF_LIMIT, .status_max = 1 };
	char *output, *line, *next;

	if (tool_run(&diff, &output, NULL) < 0)
		return -1;
	for (line = output; *line; line = next) {
		next = line + strcspn(line, "\n");
		next += *next != '\0';
		print_line("%.*s", (int)strcspn(line, "\n"), line);
	}
	free(output);
	return 0;
}

int file_show_difference(const char *sysroot, const char *path, const char *text)
{
	char *old = path_below(sysroot, path), new[64] = "/dev/null";
	int fd = text ? open_text(text, strlen(text)) : -1, result = -1;

	/* Its descriptor is not inherited, but this process's /proc entry stays. */
	if (fd >= 0)
		snprintf(new, sizeof(new), "/proc/%ld/fd/%d", (long)getpid(), fd);
	if (old && (fd >= 0 || !text))
		result = run_diff(path, is_file(old) ? old : "/dev/null", new);
	if (result < 0)
		message_error("cannot show the changes to %s; is diff(1) installed?", path);
	if (fd >= 0)
		close(fd);
	free(old);
	return result;
}

/* --- keeping -----------------------------------------------------------------------------------
 */

/* Copies the file. Returns 0 or a negative errno value. */
static int take(struct file_backup *kept)
{
	struct stat st;
	int in = open_regular(kept->file, &st), err;

	kept->copy = -1;
	if (in == -ENOENT)
		return 0;
	if (in < 0)
		return in;
	err = file_attributes_read(&kept->attributes, in);
	if (!err) {
		kept->copy = open_scratch_file();
		err = kept->copy < 0 ? kept->copy : copy_all(in, kept->copy);
	}
	close(in);
	return err;
}

int file_backup_take(struct file_backup *kept, const char *sysroot, const char *path)
{
	int err;

	kept->file = locate(sysroot, path);
	kept->copy = -1;
	err = kept->file ? take(kept) : -errno;
	kept->taken = !err;
	if (err) {
		message_errno(err, "cannot keep a copy of %s%s", sysroot, path);
		file_backup_forget(kept);
	}
	return err ? -1 : 0;
}

/* Returns 1 if both have the same contents, 0, or a negative errno value. */
static int compare(int one, int other)
{
	static char first[CHUNK], second[CHUNK];
	off_t at = 0;
	ssize_t len;

	do {
		len = pread(one, first, sizeof(first), at);
		if (len < 0 || pread(other, second, sizeof(second), at) != len)
			return len < 0 ? -errno : 0;
		if (memcmp(first, second, (size_t)len) != 0)
			return 0;
		at += len;
	} while (len);
	return 1;
}

/* Compares the file, open as @fd, with the copy. */
static const char *difference_of(const struct file_backup *kept, int fd)
{
	struct file_attributes now;
	const char *what = "attributes";
	int same = compare(kept->copy, fd);

	if (same <= 0)
		return "contents";
	if (file_attributes_read(&now, fd) == 0)
		what = file_attributes_difference(&kept->attributes, &now);
	file_attributes_free(&now);
	return what && strchr(what, '.') ? "extended attributes" : what;
}

/* Returns what differs from the backup, or NULL. */
static const char *difference(const struct file_backup *kept)
{
	const char *what;
	struct stat st;
	int fd;

	if (kept->copy < 0)
		return lstat(kept->file, &st) < 0 && errno == ENOENT ? NULL : "contents";
	fd = open_regular(kept->file, &st);
	if (fd < 0)
		return "contents";
	what = difference_of(kept, fd);
	close(fd);
	return what;
}

/* Returns 0 or a negative errno value. */
static int restore(const struct file_backup *kept)
{
	const struct file_form form = { .attributes = &kept->attributes,
					.time = &kept->attributes.st.st_mtim };
	int err;

	if (!difference(kept))
		return 0;
	if (kept->copy < 0)
		return unlink(kept->file) == 0 || errno == ENOENT ? 0 : -errno;
	err = replace_file(kept->file, kept->copy, &form);
	/* If there is no room for both, drop what replaced it. */
	if (err == -ENOSPC && unlink(kept->file) == 0)
		err = replace_file(kept->file, kept->copy, &form);
	return err;
}

int file_backup_restore(const struct file_backup *kept, const char *sysroot, const char *path)
{
	int err = kept->taken ? restore(kept) : 0;

	if (err)
		message_errno(err, "cannot restore %s%s", sysroot, path);
	return err ? -1 : 0;
}

bool file_backup_differs(const struct file_backup *kept)
{
	return kept->taken && difference(kept);
}

int file_backup_verify(const struct file_backup *kept, const char *sysroot, const char *path)
{
	const char *what = kept->taken ? difference(kept) : NULL;

	if (what)
		message_error("%s%s is not as it was before: its %s %s", sysroot, path, what,
			      what[strlen(what) - 1] == 's' ? "differ" : "differs");
	return what ? -1 : 0;
}

void file_backup_forget(struct file_backup *kept)
{
	if (kept->file && kept->copy >= 0)
		close(kept->copy);
	file_attributes_free(&kept->attributes);
	free(kept->file);
	*kept = (struct file_backup){ 0 };
}
