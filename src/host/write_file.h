/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write_file.h - files and directories written as a whole
 */
#ifndef VFIO_CLAIM_HOST_WRITE_FILE_H
#define VFIO_CLAIM_HOST_WRITE_FILE_H

#include <stddef.h>
#include <sys/types.h>
#include <time.h>

#include "file_attributes.h"

/*
 * Makes the directory @path and every missing one above it, mode 0755 whatever the umask; those
 * that exist, links to directories among them, are left as they are (mkdir(2), chmod(2)).
 * @path: changed meanwhile, the same again on return.
 * Returns 0 or a negative errno value; what had been made until then stays.
 */
int make_directories(char *path);

/*
 * Copies the regular file @from to @to with mode @mode and the modification time of @from (a
 * rebuilt image then has the same bytes). @to is written under another name beside it and renamed
 * (rename(2)): it is never there half written, and one that is in use stays whole.
 * @mode: permission bits, not lessened by the umask.
 * Returns 0 or a negative errno value; the temporary file is then gone.
 */
int copy_file(const char *from, const char *to, mode_t mode);

/*
 * Makes @to a file of mode @mode that holds the @len bytes of @text, as copy_file() does.
 * Returns 0 or a negative errno value.
 */
int write_file(const char *to, const char *text, size_t len, mode_t mode);

/*
 * Writes @text to @to as a shell's '>' does: into a device or a FIFO that is there, or into what a
 * link leads to; a new file gets the mode @mode, lessened by the umask.
 * Returns 0 or a negative errno value.
 */
int write_output(const char *to, const char *text, size_t len, mode_t mode);

/* What a file that is replaced is to have beside its contents. */
struct file_form {
	const struct file_attributes *attributes; /* or NULL, and then: */
	mode_t mode;
	const struct timespec *time; /* of modification; NULL: now */
};

/*
 * Makes the regular file @to hold what the open file @in has. It is written beside the old one and
 * renamed as by copy_file(); one with several links, or whose attributes a new file cannot have,
 * is written into. Returns 0 or a negative errno value.
 */
int replace_file(const char *to, int in, const struct file_form *form);

/* Removes what a killed run of replace_file() for @to has left beside it. */
void replace_file_clean(const char *to);

/*
 * Returns $TMPDIR or /var/tmp, since /tmp may be too small for a file of an image's size
 * (file-hierarchy(7)): a new string, which the caller frees, or NULL without memory.
 */
char *scratch_directory(void);

/*
 * Opens a file without a name there, empty and closed on exec(), for reading and writing.
 * Returns a descriptor or a negative errno value.
 */
int open_scratch_file(void);

/* Opens a scratch file that holds the @len bytes of @text. Returns as open_scratch_file(). */
int open_text(const char *text, size_t len);

/* Copies what @from has to read to the end of @to. Returns 0 or a negative errno value. */
int copy_all(int from, int to);

#endif
