/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysroot.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_LINKS 40 /* MAXSYMLINKS in the kernel's include/linux/namei.h */

/* A path being resolved: the resolved part, and the rest. */
struct walk {
	char *done;
	char *rest;
	size_t root_len;
	int links;
};

/* Replaces *@where, which is freed, by @fresh. Returns 0, or -ENOMEM if @fresh is NULL. */
static int replace(char **where, char *fresh)
{
	if (!fresh)
		return -ENOMEM;
	free(*where);
	*where = fresh;
	return 0;
}

/*
 * Returns @first, a slash and @second as a new string, or NULL. Not with asprintf(), which takes
 * half of the time of a walk.
 */
static char *join(const char *first, const char *second)
{
	char *joined = malloc(strlen(first) + strlen(second) + 2);

	if (joined)
		strcpy(stpcpy(stpcpy(joined, first), "/"), second);
	return joined;
}

/* Takes the first component off walk->rest. Returns a new string, "" at the end, or NULL. */
static char *next_component(struct walk *walk)
{
	char *start = walk->rest + strspn(walk->rest, "/");
	size_t len = strcspn(start, "/");
	char *component = strndup(start, len);

	memmove(walk->rest, start + len, strlen(start + len) + 1);
	return component;
}

/* ".." at the root stays at the root, as it does in a chroot. */
static void step_up(struct walk *walk)
{
	char *slash = strrchr(walk->done + walk->root_len, '/');

	if (slash)
		*slash = '\0';
}

/* Prepends a link's target to the rest; an absolute one starts again at the root. */
static int follow(struct walk *walk, const char *target)
{
	if (++walk->links > MAX_LINKS)
		return -ELOOP;
	if (target[0] == '/')
		walk->done[walk->root_len] = '\0';
	return replace(&walk->rest, join(target, walk->rest));
}

/* Goes down one component. Returns 0 or a negative errno value. */
static int step_down(struct walk *walk, const char *component)
{
	char target[PATH_MAX];
	ssize_t len;
	int err;
	char *next = join(walk->done, component);

	if (!next)
		return -ENOMEM;
	len = readlink(next, target, sizeof(target) - 1);
	if (len < 0) {
		err = errno;
		/* EINVAL: not a link. The caller gets ENOENT and ENOTDIR itself. */
		if (err == EINVAL || err == ENOENT || err == ENOTDIR)
			return replace(&walk->done, next);
		free(next);
		return -err;
	}
	free(next);
	target[len] = '\0';
	return follow(walk, target);
}

/* Walks to the end of walk->rest. Returns 0 or a negative errno value. */
static int walk_down(struct walk *walk)
{
	int err = 0;

	while (!err) {
		char *component = next_component(walk);

		if (!component)
			return -ENOMEM;
		if (!component[0]) {
			free(component);
			return 0;
		}
		if (strcmp(component, "..") == 0)
			step_up(walk);
		else if (strcmp(component, ".") != 0)
			err = step_down(walk, component);
		free(component);
	}
	return err;
}

/* Resolves @path below @root. Returns 0 and a new string in @found, or a negative errno value. */
static int resolve(const char *root, size_t root_len, const char *path, char **found)
{
	struct walk walk = { .root_len = root_len };
	int err = -ENOMEM;

	walk.done = strndup(root, root_len);
	walk.rest = strdup(path);
	if (walk.done && walk.rest)
		err = walk_down(&walk);
	free(walk.rest);
	if (err)
		free(walk.done);
	else
		*found = walk.done;
	return err;
}

/* Returns the length of @root without trailing slashes. */
static size_t root_length(const char *root)
{
	size_t len = strlen(root);

	while (len && root[len - 1] == '/')
		len--;
	return len;
}

char *path_below(const char *root, const char *path)
{
	char *found = NULL;
	int err;

	if (!root[0])
		return strdup(path);
	err = resolve(root, root_length(root), path, &found);
	if (err)
		errno = -err;
	return found;
}

char *path_within(const char *root, const char *path)
{
	size_t len = root_length(root);
	char *found = NULL;
	int err = resolve(root, len, path, &found);

	if (err)
		errno = -err;
	else
		memmove(found, found + len, strlen(found + len) + 1);
	return found;
}

bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool is_file(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}
