/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modprobe_conf.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "messages.h"
#include "paths.h"

#define BLANKS " \t\r\n"

/* In the order of modprobe.d(5): the earlier one hides files of the same name in the later. */
static const char *const directories[] = {
	"/etc/modprobe.d",     "/run/modprobe.d", "/usr/local/lib/modprobe.d",
	"/usr/lib/modprobe.d", "/lib/modprobe.d",
};

#define DIRECTORY_COUNT (sizeof(directories) / sizeof(directories[0]))

/* Whether @word names the module vfio-pci. */
static bool is_vfio_pci(const char *word)
{
	return word && (strcmp(word, "vfio-pci") == 0 || strcmp(word, "vfio_pci") == 0);
}

/* Whether @option gives ids= a value; the kernel allows quotes around either. */
static bool sets_ids(const char *option)
{
	option += strspn(option, "\"");
	if (strncmp(option, "ids=", strlen("ids=")) != 0)
		return false;
	option += strlen("ids=");
	return option[strspn(option, "\"")] != '\0';
}

/* Whether a joined line is an "options vfio-pci ... ids=..."; cuts @line up. */
static bool gives_ids(char *line)
{
	char *rest, *word;

	/* A comment needs no look: its first word is never "options". */
	word = strtok_r(line, BLANKS, &rest);
	if (!word || strcmp(word, "options") != 0)
		return false;
	if (!is_vfio_pci(strtok_r(NULL, BLANKS, &rest)))
		return false;
	while ((word = strtok_r(NULL, BLANKS, &rest)))
		if (sets_ids(word))
			return true;
	return false;
}

/*
 * Reads one line and those that backslashes join to it.
 * @line, @size: as for getline(3), the caller's to free. @count: lines read so far, counted on.
 * Gives whether there was a line.
 */
static bool read_joined(FILE *file, char **line, size_t *size, unsigned int *count)
{
	char *more = NULL, *longer;
	size_t more_size = 0;
	ssize_t len = getline(line, size, file), more_len;

	if (len < 0)
		return false;
	++*count;
	while (len >= 2 && strcmp(*line + len - 2, "\\\n") == 0) {
		more_len = getline(&more, &more_size, file);
		if (more_len < 0)
			break;
		++*count;
		len -= 2;
		longer = realloc(*line, (size_t)(len + more_len) + 1);
		if (!longer)
			break;
		*line = longer;
		*size = (size_t)(len + more_len) + 1;
		memcpy(*line + len, more, (size_t)more_len + 1);
		len += more_len;
	}
	free(more);
	return true;
}

/* Warns of the lines of one open file. */
static void scan_file(FILE *file, const char *path)
{
	char *line = NULL;
	size_t size = 0;
	unsigned int count = 0, first;

	for (;;) {
		first = count + 1; /* a joined line is named by where it begins */
		if (!read_joined(file, &line, &size, &count))
			break;
		if (!gives_ids(line))
			continue;
		complain("warning: %s:%u: with this 'options vfio-pci ids=' line the module takes "
			 "every matching device itself, kept ones too; remove the line and name "
			 "the devices with rd.vfio.claim= instead",
			 path, first);
	}
	free(line);
}

/*
 * Whether a file of this name is in one of the first @count directories. modprobe goes by the
 * name alone, so a link to /dev/null hides as well as a file does.
 */
static bool is_hidden(const char *sysroot, size_t count, const char *name)
{
	bool hidden = false;
	char *directory, *path;
	size_t i;

	for (i = 0; i < count && !hidden; i++) {
		directory = path_below(sysroot, directories[i]);
		if (!directory)
			continue;
		if (asprintf(&path, "%s/%s", directory, name) >= 0) {
			hidden = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
			free(path);
		}
		free(directory);
	}
	return hidden;
}

/* Warns of one file of the directory number @which. */
static void scan_entry(const char *sysroot, size_t which, const char *name)
{
	char *path, *real;
	FILE *file = NULL;

	if (is_hidden(sysroot, which, name))
		return;
	if (asprintf(&path, "%s/%s", directories[which], name) < 0)
		return;
	real = path_below(sysroot, path);
	if (real && is_file(real))
		file = fopen(real, "re");
	if (file) {
		scan_file(file, real);
		fclose(file);
	}
	free(real);
	free(path);
}

/* For scandir(3): NAME.conf, but not ".conf" alone or other hidden files. */
static int is_conf(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return entry->d_name[0] != '.' && dot && strcmp(dot, ".conf") == 0;
}

/* Warns of all files of one directory, in the order of their names. */
static void scan_directory(const char *sysroot, size_t which)
{
	struct dirent **entries;
	char *path = path_below(sysroot, directories[which]);
	int i, count = path ? scandir(path, &entries, is_conf, alphasort) : -1;

	for (i = 0; i < count; i++) {
		scan_entry(sysroot, which, entries[i]->d_name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	free(path);
}

void warn_of_module_ids(const char *sysroot)
{
	size_t i;

	for (i = 0; i < DIRECTORY_COUNT; i++)
		scan_directory(sysroot, i);
}
