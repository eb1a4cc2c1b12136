/* SPDX-License-Identifier: GPL-2.0-or-later */
/* write_file.h - writes whole files, and creates directories */
#ifndef VFIO_CLAIM_HOST_WRITE_FILE_H
#define VFIO_CLAIM_HOST_WRITE_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "file_attributes.h"

/*
 * Creates the directory @path and its missing parents, with mode 0755 regardless of the umask;
 * existing ones, including links to directories, are left as they are (mkdir(2), chmod(2)).
 * @path: modified temporarily.
 * Returns 0 or a negative errno value; directories created until then stay.
 */
int make_directories(char *path);

/*
 * Copies the regular file @from to @to with mode @mode and the modification time of @from (a
 * rebuilt image then has the same bytes). @to is written under another name next to it and renamed
 * (rename(2)): it is never incomplete, and a file in use stays intact.
 * @mode: permission bits, regardless of the umask.
 * Returns 0 or a negative errno value after removing the temporary file.
 */
int copy_file(const char *from, const char *to, mode_t mode);

/*
 * Writes the @len bytes of @text to the file @to with mode @mode, like copy_file().
 * Returns 0 or a negative errno value.
 */
int write_file(const char *to, const char *text, size_t len, mode_t mode);

/*
 * Writes @text to @to like a shell's '>': into an existing device or FIFO, or a link's target; a
 * new file gets the mode @mode, modified by the umask.
 * Returns 0 or a negative errno value.
 */
int write_output(const char *to, const char *text, size_t len, mode_t mode);

/* The metadata that a replaced file should get. */
struct file_form {
	const struct file_attributes *attributes; /* or NULL, and then: */
	mode_t mode;
	const struct timespec *time; /* modification time; NULL: now */
};

/*
 * Copies the open file @in to the regular file @to. It is written next to the old one and renamed
 * as by copy_file(); a file with several links, or whose attributes a new file cannot have, is
 * overwritten in place. Returns 0 or a negative errno value.
 */
int replace_file(const char *to, int in, const struct file_form *form);

/* Removes leftovers of a killed run of replace_file() next to @to. */
void replace_file_clean(const char *to);

/*
 * Returns $TMPDIR or /var/tmp, since /tmp may be too small for a file of an image's size
 * (file-hierarchy(7)): a new string, which the caller frees, or NULL if out of memory.
 */
char *scratch_directory(void);

/*
 * Opens an empty file without a name there, close-on-exec, for reading and writing.
 * Returns a descriptor or a negative errno value.
 */
int open_scratch_file(void);

/* Opens a scratch file that contains the @len bytes of @text. Returns as open_scratch_file(). */
int open_text(const char *text, size_t len);

/* Copies the rest of @from to the end of @to. Returns 0 or a negative errno value. */
int copy_all(int from, int to);

#endif
