/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module_files.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/sysroot.h"

/* Opens the plain modules.dep of @directory. Returns NULL with errno set. */
static FILE *open_dependencies(const char *directory)
{
	FILE *file;
	char *path;

	if (asprintf(&path, "%s/modules.dep", directory) < 0) {
		errno = ENOMEM;
		return NULL;
	}
	file = fopen(path, "re");
	free(path);
	return file;
}

/* Sets *@missing if DIRECTORY/NAME does not exist. Returns 0 or -ENOMEM. */
static int check_one(const char *directory, const char *name, char **missing)
{
	char *path;

	if (asprintf(&path, "%s/%s", directory, name) < 0)
		return -ENOMEM;
	if (is_file(path))
		free(path);
	else
		*missing = path;
	return 0;
}

/* Checks the names after the colon of a line "path: name name ...". Modifies @names. */
static int check_names(const char *directory, char *names, char **missing)
{
	char *rest, *name;
	int err = 0;

	name = strtok_r(names, " \n", &rest);
	while (name && !err && !*missing) {
		err = check_one(directory, name, missing);
		name = strtok_r(NULL, " \n", &rest);
	}
	return err;
}

/* Finds the line of the module @name and checks the names on it. */
static int check_line_of(FILE *file, const char *directory, const char *name, char **missing)
{
	size_t size = 0, len = strlen(name);
	char *line = NULL;
	int err = 0;

	while (getline(&line, &size, file) >= 0) {
		if (strncmp(line, name, len) != 0 || line[len] != ':')
			continue;
		err = check_names(directory, line + len + 1, missing);
		break;
	}
	free(line);
	return err;
}

int module_files_check(const char *directory, const char *path, char **missing)
{
	size_t len = strlen(directory);
	const char *name = path;
	FILE *file;
	int err;

	/* Paths in modules.dep are relative to its directory. */
	if (strncmp(path, directory, len) == 0 && path[len] == '/')
		name = path + len + 1;
	*missing = NULL;
	err = check_one(directory, name, missing);
	if (err || *missing)
		return err;
	file = open_dependencies(directory);
	if (!file)
		return -errno;
	err = check_line_of(file, directory, name, missing);
	fclose(file);
	return err;
}
