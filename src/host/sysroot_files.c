/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysroot_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "sysroot.h"

/* Returns the path below the sysroot for open(2): a new string, or NULL. */
static char *locate(const char *sysroot, const char *format, va_list args)
{
	char *path, *located;

	if (vasprintf(&path, format, args) < 0)
		return NULL;
	located = path_below(sysroot, path);
	free(path);
	return located;
}

bool sysroot_has(const char *sysroot, const char *format, ...)
{
	va_list args;
	char *path;
	bool has;

	va_start(args, format);
	path = locate(sysroot, format, args);
	va_end(args);
	has = path && access(path, F_OK) == 0;
	free(path);
	return has;
}

char *sysroot_read(const char *sysroot, const char *format, ...)
{
	char *path, *line = NULL;
	size_t size = 0;
	va_list args;
	FILE *file;

	va_start(args, format);
	path = locate(sysroot, format, args);
	va_end(args);
	file = path ? fopen(path, "re") : NULL;
	if (path)
		message_debug(file ? 0 : errno, "read %s", path);
	free(path);
	if (!file)
		return NULL;
	if (getline(&line, &size, file) < 0) {
		free(line);
		line = NULL;
	} else {
		line[strcspn(line, "\n")] = '\0';
	}
	fclose(file);
	return line;
}

char *sysroot_real(const char *sysroot, const char *format, ...)
{
	char *path, *real = NULL;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&path, format, args);
	va_end(args);
	if (len < 0)
		return NULL;
	if (sysroot_has(sysroot, "%s", path))
		real = path_within(sysroot, path);
	free(path);
	return real;
}

static int is_shown(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

struct string_set sysroot_list(const char *sysroot, const char *format, ...)
{
	struct string_set names = { 0 };
	struct dirent **entries;
	int i, count;
	va_list args;
	char *path;

	va_start(args, format);
	path = locate(sysroot, format, args);
	va_end(args);
	count = path ? scandir(path, &entries, is_shown, alphasort) : -1;
	if (path)
		message_debug(count < 0 ? errno : 0, "list %s", path);
	for (i = 0; i < count; i++) {
		string_set_add(&names, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(path);
	return names;
}
