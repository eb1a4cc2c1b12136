/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_lines.h - reads configuration files line by line, and directories of them, where a file
 * overrides those of the same name in later directories (modprobe.d(5), modules-load.d(5), udev(7),
 * dracut.conf(5))
 */
#ifndef VFIO_CLAIM_HOST_CONFIG_LINES_H
#define VFIO_CLAIM_HOST_CONFIG_LINES_H

#include <stdbool.h>

struct config_line {
	const char *path;    /* of the file, without the sysroot */
	unsigned int number; /* of the line; of the first if backslashes join several */
	char *text;          /* without its newline; may be modified */
};

typedef void config_line_fn(void *to, struct config_line *line);

/* @path: of a file, inside the sysroot. */
typedef void config_file_fn(void *to, const char *path);

/*
 * Reads a whole file of settings. Returns a new string, which the caller frees, or NULL with errno:
 * EINVAL if it is not a regular file, EFBIG if it is larger than 1 MiB, EILSEQ if it
 * has a NUL byte, or an error of open(2) or read(2). @sysroot: see path_below(), as below.
 */
char *config_text(const char *sysroot, const char *path);

/* Returns the reason why config_text() failed, for a message; @err: its errno. */
const char *config_error(int err);

/* Splits the next word off the text at *@cursor and moves past it. Returns NULL at the end. */
char *config_word(char **cursor);

/*
 * Calls @take for each line of a file; for none if it cannot be read.
 * @joined: a backslash at the end of a line joins the next one, also in comments, as kmod
 *          (shared/util.c, freadline_wrapped()) and udev read.
 */
void config_lines(const char *sysroot, const char *path, bool joined, config_line_fn *take,
		  void *to);

/*
 * Calls @take for each file whose name ends with @suffix, directory by directory, sorted by name;
 * not for hidden files, nor for those that an earlier directory overrides (as does a link to
 * /dev/null). @directories: NULL-terminated, the one with precedence first.
 */
void config_files(const char *sysroot, const char *const *directories, const char *suffix,
		  config_file_fn *take, void *to);

#endif
