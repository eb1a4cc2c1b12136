/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_lines.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file_backup.h"
#include "sysroot.h"
#include "sysroot_files.h"

#define LARGEST (1 << 20)

char *config_text(const char *sysroot, const char *path)
{
	char *real = path_below(sysroot, path), *text = NULL;
	struct stat st;

	if (real && stat(real, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= LARGEST)
		text = file_text(sysroot, path);
	free(real);
	return text;
}

char *config_word(char **cursor)
{
	static const char blanks[] = " \t\r\n";
	char *word = *cursor + strspn(*cursor, blanks);

	if (!*word)
		return NULL;
	*cursor = word + strcspn(word, blanks);
	if (**cursor)
		*(*cursor)++ = '\0';
	return word;
}

/* Cuts the next line off the text at *@cursor and counts it in *@count. */
static char *take_line(char **cursor, bool joined, unsigned int *count)
{
	char *begin = *cursor, *from, *to = begin;

	if (!*begin)
		return NULL;
	++*count;
	for (from = begin; *from && *from != '\n'; from++) {
		if (joined && from[0] == '\\' && from[1] == '\n') {
			from++;
			++*count;
			continue;
		}
		*to++ = *from;
	}
	*cursor = *from ? from + 1 : from;
	*to = '\0';
	return begin;
}

void config_lines(const char *sysroot, const char *path, bool joined, config_line_fn *take,
		  void *to)
{
	char *text = config_text(sysroot, path), *cursor = text;
	struct config_line line = { .path = path };
	unsigned int count = 0;

	while (text) {
		line.number = count + 1;
		line.text = take_line(&cursor, joined, &count);
		if (!line.text)
			break;
		take(to, &line);
	}
	free(text);
}

/* Returns true if @directory has @name, even as a dangling link. */
static bool has(const char *sysroot, const char *directory, const char *name)
{
	char *real = path_below(sysroot, directory), *path = NULL;
	bool is = false;

	if (real && asprintf(&path, "%s/%s", real, name) >= 0) {
		is = faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
		free(path);
	}
	free(real);
	return is;
}

static bool ends_with(const char *name, const char *suffix)
{
	size_t len = strlen(name), end = strlen(suffix);

	return len > end && strcmp(name + len - end, suffix) == 0;
}

/* Takes the files of the directory number @which. */
static void take_directory(const char *sysroot, const char *const *directories, size_t which,
			   const char *suffix, config_file_fn *take, void *to)
{
	struct string_set files = sysroot_list(sysroot, "%s", directories[which]);
	bool hidden;
	char *path;
	size_t i, j;

	for (i = 0; i < files.count; i++) {
		hidden = !ends_with(files.name[i], suffix);
		for (j = 0; j < which && !hidden; j++)
			hidden = has(sysroot, directories[j], files.name[i]);
		if (hidden || asprintf(&path, "%s/%s", directories[which], files.name[i]) < 0)
			continue;
		take(to, path);
		free(path);
	}
	string_set_free(&files);
}

void config_files(const char *sysroot, const char *const *directories, const char *suffix,
		  config_file_fn *take, void *to)
{
	size_t i;

	for (i = 0; directories[i]; i++)
		take_directory(sysroot, directories, i, suffix, take, to);
}
