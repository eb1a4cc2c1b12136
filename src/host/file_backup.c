/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file_backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "printable.h"
#include "run_tool.h"
#include "sysroot.h"
#include "write_file.h"

#define NEW_MODE 0644

/* What is shown of the files of a boot menu is far less. */
#define DIFF_LIMIT (16 * 1024 * 1024)

/* Where the file itself is, no link: a new string, or NULL with errno. */
static char *locate(const char *sysroot, const char *path)
{
	char *within = path_within(sysroot, path), *file;

	file = within ? path_below(sysroot, within) : NULL;
	free(within);
	return file;
}

/* Opens it for reading. Gives a descriptor or a negative errno value. */
static int open_regular(const char *file, struct stat *st)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}

char *file_text(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path);
	char *raw = NULL;
	size_t size = 0;
	FILE *stream = file ? fopen(file, "re") : NULL;
	ssize_t len;

	free(file);
	if (!stream)
		return NULL;
	errno = 0;
	len = getdelim(&raw, &size, '\0', stream);
	if (len < 0 && ferror(stream)) {
		free(raw);
		raw = NULL;
	} else if (len < 0) { /* an empty file */
		free(raw);
		raw = strdup("");
	}
	fclose(stream);
	return raw;
}

/* --- replacing ---------------------------------------------------------------------------------
 */

/* Owner and group, which a new file beside the old one does not have. */
static int give_to(const char *file, const struct stat *st)
{
	if (st->st_uid == geteuid() && st->st_gid == getegid())
		return 0;
	return chown(file, st->st_uid, st->st_gid) == 0 ? 0 : -errno;
}

/* Makes the directory that @file is in. Gives 0 or a negative errno value. */
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

/* Gives 0 or a negative errno value. */
static int replace(const char *file, const char *text)
{
	struct stat st = { .st_mode = NEW_MODE, .st_uid = geteuid(), .st_gid = getegid() };
	int err;

	if (lstat(file, &st) < 0 && errno != ENOENT)
		return -errno;
	if (!text)
		return unlink(file) == 0 ? 0 : -errno;
	err = make_parent(file);
	if (!err)
		err = write_file(file, text, strlen(text), st.st_mode & 07777);
	return err ? err : give_to(file, &st);
}

int file_replace(const char *sysroot, const char *path, const char *text)
{
	char *file = locate(sysroot, path);
	int err = file ? replace(file, text) : -errno;

	if (err)
		complain_errno(err, "cannot %s %s%s", text ? "write" : "remove", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

/* --- showing -----------------------------------------------------------------------------------
 */

/* Prints what diff(1) says of two files that are both called @name. Returns 0 or -1. */
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
	char *old = path_below(sysroot, path), new[64];
	FILE *file = tmpfile();
	int result = -1;

	if (old && file && (!text || fputs(text, file) >= 0) && fflush(file) == 0) {
		/* Its descriptor is not inherited, but this process and its /proc stay. */
		snprintf(new, sizeof(new), "/proc/%ld/fd/%d", (long)getpid(), fileno(file));
		result = run_diff(path, is_file(old) ? old : "/dev/null", text ? new : "/dev/null");
	}
	if (result < 0)
		complain("cannot show what would become of %s; is diff(1) there?", path);
	if (file)
		fclose(file);
	free(old);
	return result;
}

/* --- keeping -----------------------------------------------------------------------------------
 */

/* Gives 0 or a negative errno value. */
static int take(struct file_backup *kept, const char *file)
{
	int in = open_regular(file, &kept->st), copy, err;

	kept->copy = -1;
	if (in == -ENOENT)
		return 0;
	if (in < 0)
		return in;
	copy = open_scratch_file();
	err = copy < 0 ? copy : copy_all(in, copy);
	close(in);
	if (!err)
		kept->copy = copy;
	else if (copy >= 0)
		close(copy);
	return err;
}

int file_backup_take(struct file_backup *kept, const char *sysroot, const char *path)
{
	char *file = locate(sysroot, path);
	int err = file ? take(kept, file) : -errno;

	free(file);
	kept->taken = !err;
	if (err)
		complain_errno(err, "cannot keep a copy of %s%s", sysroot, path);
	return err ? -1 : 0;
}

/* Gives 0 or a negative errno value. */
static int put_back(const struct file_backup *kept, const char *file)
{
	if (lseek(kept->copy, 0, SEEK_SET) < 0)
		return -errno;
	return copy_open_file(kept->copy, file, kept->st.st_mode & 07777);
}

/* Gives 0 or a negative errno value. */
static int restore(const struct file_backup *kept, const char *file)
{
	int err;

	if (kept->copy < 0)
		return unlink(file) == 0 || errno == ENOENT ? 0 : -errno;
	err = put_back(kept, file);
	/* What took its place is not worth keeping when there is no room for both. */
	if (err == -ENOSPC && unlink(file) == 0)
		err = put_back(kept, file);
	return err ? err : give_to(file, &kept->st);
}

int file_backup_restore(const struct file_backup *kept, const char *sysroot, const char *path)
{
	char *file;
	int err;

	if (!kept->taken)
		return 0;
	file = locate(sysroot, path);
	err = file ? restore(kept, file) : -errno;
	free(file);
	if (err)
		complain_errno(err, "cannot put %s%s back as it was", sysroot, path);
	return err ? -1 : 0;
}

void file_backup_forget(struct file_backup *kept)
{
	if (kept->taken && kept->copy >= 0)
		close(kept->copy);
	kept->taken = false;
}
