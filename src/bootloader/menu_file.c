/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menu_file.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "boot_files.h"

/* Where the boot loader's partitions may be mounted. Inner ones first: /boot contains /boot/efi. */
static const char *const roots[] = { "/boot/efi", "/efi", "/boot", "" };

#define ROOT_COUNT (sizeof(roots) / sizeof(roots[0]))

/* Returns true if @path is below the directory @directory. */
static bool is_below(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return strncmp(path, directory, len) == 0 && path[len] == '/';
}

/* Returns the file at @path on the partition mounted at @root, or NULL. */
static char *find_at(const char *sysroot, const char *root, const char *path)
{
	char *real = sysroot_real(sysroot, "%s%s%s", root, path[0] == '/' ? "" : "/", path);
	char *file = real ? path_below(sysroot, real) : NULL;
	bool is = file && is_file(file);

	free(file);
	if (is)
		return real;
	free(real);
	return NULL;
}

/* Returns the file at @path on any partition, the one with @menu first; or NULL. */
static char *find_anywhere(const char *sysroot, const char *menu, const char *path)
{
	char *found = NULL;
	size_t i;

	for (i = 0; menu && i < ROOT_COUNT; i++) {
		if (!is_below(menu, roots[i]))
			continue;
		found = find_at(sysroot, roots[i], path);
		break;
	}
	for (i = 0; !found && i < ROOT_COUNT; i++)
		found = find_at(sysroot, roots[i], path);
	return found;
}

/* Returns the file at @path in the file system of which a subvolume is mounted, or NULL. */
static char *find_mounted(const char *sysroot, const char *path)
{
	static const char *const targets[] = { "/boot", "/" };
	char *root, *found = NULL;
	size_t i;

	for (i = 0; !found && i < sizeof(targets) / sizeof(targets[0]); i++) {
		root = boot_files_subvolume(sysroot, targets[i]);
		if (root && root[1] && is_below(path, root))
			found = find_at(sysroot, targets[i], path + strlen(root));
		free(root);
	}
	return found;
}

/* Returns the rest of @path after the last directory with an '@' in its name; NULL: none has one.
 */
static const char *after_subvolume(const char *path)
{
	const char *rest = NULL, *at, *slash;

	for (at = strchr(path, '@'); at; at = strchr(slash, '@')) {
		slash = strchr(at, '/');
		if (!slash)
			break;
		rest = slash;
	}
	return rest;
}

char *menu_file_find(const char *sysroot, const char *menu, const char *path)
{
	char *plain = strdup(path), *found = NULL, *c;
	const char *rest;

	if (!plain)
		return NULL;
	for (c = plain; *c; c++)
		if (*c == '\\')
			*c = '/';
	found = find_mounted(sysroot, plain);
	if (!found)
		found = find_anywhere(sysroot, menu, plain);
	rest = found ? NULL : after_subvolume(plain);
	if (rest)
		found = find_anywhere(sysroot, menu, rest);
	free(plain);
	return found;
}
