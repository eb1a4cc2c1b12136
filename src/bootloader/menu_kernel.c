/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menu_kernel.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot_files.h"
#include "menu_file.h"
#include "menus/linux_header.h"

/* Returns true if a text can be a version; dracut's rescue kernels are copies of another. */
static bool is_version(const char *text)
{
	return isdigit((unsigned char)text[0]) && strncmp(text, "0-rescue", 8) != 0;
}

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* Returns the version of the installed kernel whose package is named @package, or NULL. */
static char *find_package(const char *sysroot, const char *package)
{
	struct string_set kernels = sysroot_list(sysroot, "/usr/lib/modules");
	char *found = NULL, *its;
	size_t i;

	for (i = 0; !found && i < kernels.count; i++) {
		its = sysroot_read(sysroot, "/usr/lib/modules/%s/pkgbase", kernels.name[i]);
		if (its && strcmp(its, package) == 0)
			found = strdup(kernels.name[i]);
		free(its);
	}
	string_set_free(&kernels);
	return found;
}

/* By the part after the first '-' in "vmlinuz-6.1.0". */
static char *by_name(const char *sysroot, const char *base)
{
	const char *rest = strchr(base, '-');

	if (!rest)
		return NULL;
	rest++;
	return is_version(rest) ? strdup(rest) : find_package(sysroot, rest);
}

/* Returns true for "linux", and for sdbootutil's "linux-SHA1". */
static bool is_plain(const char *base)
{
	if (strncmp(base, "linux", 5) != 0)
		return false;
	return !base[5] ||
	       (base[5] == '-' && strspn(base + 6, "0123456789abcdef") == 40 && !base[6 + 40]);
}

/* By the directory in "/TOKEN/6.1.0/linux". */
static char *by_directory(const char *path)
{
	const char *base = base_of(path), *begin = base - 1;

	if (!is_plain(base) || base == path)
		return NULL;
	while (begin > path && begin[-1] != '/')
		begin--;
	return is_version(begin) ? strndup(begin, (size_t)(base - 1 - begin)) : NULL;
}

/*
 * By the installed kernel named at the end of "TOKEN-6.1.0.efi" or "TOKEN-6.1.0+3-1.efi", or its
 * package in "arch-linux.efi".
 */
static char *by_image(const char *sysroot, const char *base)
{
	char *name = strndup(base, strlen(base) - strlen(".efi")), *end, *found = NULL;
	const char *at;

	while (name) {
		for (at = name; !found && at; at = strchr(at, '-')) {
			at += *at == '-';
			if (is_version(at) && sysroot_has(sysroot, "/lib/modules/%s", at))
				found = strdup(at);
		}
		for (at = name; !found && (at = strchr(at, '-')); at++)
			found = find_package(sysroot, at + 1);
		/* Skip the count of tries. */
		end = found ? NULL : strrchr(name, '+');
		if (!end)
			break;
		*end = '\0';
	}
	free(name);
	return found;
}

static char *by_path(const char *sysroot, const char *path)
{
	const char *base = base_of(path), *end = strrchr(base, '.');
	char *version;

	if (end && strcmp(end, ".efi") == 0)
		return by_image(sysroot, base);
	version = by_directory(path);
	return version ? version : by_name(sysroot, base);
}

char *menu_kernel_version(const char *sysroot, const char *menu, const char *path)
{
	char *version = path ? by_path(sysroot, path) : NULL, *real;

	real = path && !version ? menu_file_find(sysroot, menu, path) : NULL;
	if (real)
		version = by_path(sysroot, real);
	if (real && !version)
		version = linux_header_version(sysroot, real);
	free(real);
	return version;
}
