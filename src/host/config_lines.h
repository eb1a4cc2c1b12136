/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_lines.h - files of settings, line by line, and directories of them in which a file hides
 * those of the same name in the directories behind (modprobe.d(5), modules-load.d(5), udev(7),
 * dracut.conf(5))
 */
#ifndef VFIO_CLAIM_HOST_CONFIG_LINES_H
#define VFIO_CLAIM_HOST_CONFIG_LINES_H

#include <stdbool.h>

struct config_line {
	const char *path;    /* of the file, as the machine itself calls it */
	unsigned int number; /* of the line; of the first when a backslash has joined several */
	char *text;          /* without its newline; may be cut up */
};

typedef void config_line_fn(void *to, struct config_line *line);

/* Gets the path of a file as the machine itself has it. */
typedef void config_file_fn(void *to, const char *path);

/*
 * Reads a file of settings, all of it. Returns a new string, which the caller frees, or NULL with
 * errno: EINVAL when it is not a regular file, EFBIG when it is larger than any that a person
 * writes, EILSEQ when it has a NUL byte in it, or what open(2) and read(2) set. @sysroot: see
 * path_below(), as below.
 */
char *config_text(const char *sysroot, const char *path);

/* Returns the end of a sentence that says why config_text() failed; @err: its errno. */
const char *config_error(int err);

/* Cuts the next word off the text at *@cursor, which moves behind it; NULL when there is none. */
char *config_word(char **cursor);

/*
 * Calls @take for each line of a file. What cannot be read is passed over in silence.
 * @joined: a backslash at the end of a line joins the next to it, in comments, too, as kmod
 *          (shared/util.c, freadline_wrapped()) and udev read.
 */
void config_lines(const char *sysroot, const char *path, bool joined, config_line_fn *take,
		  void *to);

/*
 * Calls @take for each file whose name ends with @suffix, directory by directory, each in the
 * order of the names: not for those that are hidden (those whose name begins with a dot, and those
 * that an earlier directory has; a link to /dev/null hides, too).
 * @directories: in the order of precedence; NULL ends them.
 */
void config_files(const char *sysroot, const char *const *directories, const char *suffix,
		  config_file_fn *take, void *to);

#endif
