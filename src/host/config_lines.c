/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/array.h"
#include "sysroot.h"
#include "sysroot_files.h"

/* No user writes more, and no tool that writes settings. */
#define LARGEST ((size_t)1 << 20)

const char *config_error(int err)
{
	switch (err) {
	case EILSEQ:
		return "there is a NUL byte in it";
	case EFBIG:
		return "it is larger than 1 MiB";
	case EBADMSG:
		return "a quote on the kernel command line is not closed: close it, then try again";
	case EISDIR:
		return "it is a directory";
	case EINVAL:
		return "it is not a regular file";
	default:
		return strerror(err);
	}
}

/* Opens a regular file. Returns a descriptor, or -1 with errno. */
static int open_regular(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)))
		return fd;
	close(fd);
	errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	return -1;
}

/*
 * Enlarges @text, of which @len bytes are used, if it is full. Returns it, or NULL after freeing
 * it.
 */
static char *make_room(char *text, size_t len, size_t *size)
{
	char *larger;

	if (len + 1 < *size)
		return text;
	*size = *size ? *size * 2 : 4096;
	larger = memory_grow(text, len, *size);
	if (!larger)
		free(text);
	return larger;
}

/* Reads everything from @fd. Returns a new string, or NULL with errno. */
static char *read_text(int fd)
{
	size_t size = 0, len = 0;
	char *text = NULL;
	ssize_t got = 1;

	while (got > 0 && len <= LARGEST) {
		text = make_room(text, len, &size);
		if (!text)
			return NULL;
		got = read(fd, text + len, size - len - 1);
		len += got > 0 ? (size_t)got : 0;
	}
	text[len] = '\0';
	if (got == 0 && strlen(text) == len)
		return text;
	if (got >= 0)
		errno = got ? EFBIG : EILSEQ;
	free(text);
	return NULL;
}

char *config_text(const char *sysroot, const char *path)
{
	char *real = path_below(sysroot, path), *text;
	int fd = real ? open_regular(real) : -1, err;

	text = fd < 0 ? NULL : read_text(fd);
	err = errno;
	if (fd >= 0)
		close(fd);
	free(real);
	errno = err;
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

/* Splits the next line off the text at *@cursor and counts it in *@count. */
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

/* Takes the files of directories[@which]. */
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
