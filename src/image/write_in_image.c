/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "write_in_image.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../host/messages.h"
#include "../host/sysroot.h"
#include "../host/write_file.h"

/*
 * Finds where @path is in the image: resolves its directories, but not its last component.
 * Returns a new string, or NULL after printing an error.
 */
static char *locate(const char *output, const char *path)
{
	const char *name = strrchr(path, '/');
	char *above = strndup(path, (size_t)(name - path));
	char *directory = above ? path_below(output, above) : NULL;
	char *target = NULL;

	if (!directory)
		message_errno(errno, "cannot resolve %s below %s", path, output);
	else if (asprintf(&target, "%s%s", directory, name) < 0)
		target = NULL;
	if (directory && !target)
		message_errno(ENOMEM, "%s", path);
	free(directory);
	free(above);
	return target;
}

/* Like locate(), and creates the directories. */
static char *prepare(const char *output, const char *path)
{
	char *target = locate(output, path), *slash;
	int err;

	if (!target)
		return NULL;
	slash = strrchr(target, '/');
	*slash = '\0';
	err = make_directories(target);
	if (err) {
		message_errno(err, "cannot create the directory %s", target);
		free(target);
		return NULL;
	}
	*slash = '/';
	return target;
}

int image_copy(const char *output, const char *path, const char *from, mode_t mode)
{
	char *target = prepare(output, path);
	int err;

	if (!target)
		return -1;
	err = copy_file(from, target, mode);
	if (err)
		message_errno(err, "cannot copy %s to %s", from, target);
	free(target);
	return err ? -1 : 0;
}

int image_write(const char *output, const char *path, const char *text, size_t len)
{
	char *target;
	int err;

	if (!len)
		return image_remove(output, path);
	target = prepare(output, path);
	if (!target)
		return -1;
	err = write_file(target, text, len, 0644);
	if (err)
		message_errno(err, "cannot write %s", target);
	free(target);
	return err ? -1 : 0;
}

int image_link(const char *output, const char *path, const char *target)
{
	char *link = prepare(output, path);
	int result = -1;

	if (!link)
		return -1;
	if ((unlink(link) == 0 || errno == ENOENT) && symlink(target, link) == 0)
		result = 0;
	else
		message_errno(errno, "cannot link %s to %s", link, target);
	free(link);
	return result;
}

int image_remove(const char *output, const char *path)
{
	char *target = locate(output, path);
	int result = -1;

	if (!target)
		return -1;
	if (unlink(target) == 0 || errno == ENOENT || errno == ENOTDIR)
		result = 0;
	else
		message_errno(errno, "cannot remove %s, which an earlier run has left", target);
	free(target);
	return result;
}
