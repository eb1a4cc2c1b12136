/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * write_file.h - directories and files laid out in an image
 */
#ifndef VFIO_CLAIM_HOST_WRITE_FILE_H
#define VFIO_CLAIM_HOST_WRITE_FILE_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Makes the directory @path and every missing one above it, mode 0755 whatever the umask; those
 * that exist, links to directories among them, are left as they are (mkdir(2), chmod(2)).
 * @path: changed while it works, the same again on return.
 * Gives 0 or a negative errno value; what had been made until then stays.
 */
int make_directories(char *path);

/*
 * Copies the regular file @from to @to with mode @mode and the modification time of @from (a
 * rebuilt image then has the same bytes). @to is written under a temporary name beside it and
 * renamed (rename(2)): it is never there half written, and one that is in use stays whole.
 * @mode: permission bits, not lessened by the umask.
 * Gives 0 or a negative errno value; the temporary file is then gone.
 */
int copy_file(const char *from, const char *to, mode_t mode);

/*
 * Makes a directory for the time being, for this user alone, in $TMPDIR or /var/tmp: an image may
 * be larger than what a system has in /tmp (file-hierarchy(7), mkdtemp(3)).
 * Gives its path, the caller's to free and to remove_directory(), or NULL with errno.
 */
char *make_scratch_directory(void);

/* Where that is made: a new string, which the caller frees, or NULL without memory. */
char *scratch_directory(void);

/*
 * Opens a file without a name there, empty and closed on exec(), for reading and writing.
 * Gives a descriptor or a negative errno value.
 */
int open_scratch_file(void);

/* Removes a directory with all that is in it; what cannot be removed stays. */
void remove_directory(const char *path);

/* Copies what @from has to read to the end of @to. Gives 0 or a negative errno value. */
int copy_all(int from, int to);

/*
 * Makes @to a file of mode @mode that holds what the open file @in has from where it stands, in the
 * way of copy_file(). Gives 0 or a negative errno value.
 */
int copy_open_file(int in, const char *to, mode_t mode);

/*
 * Makes @to a file of mode @mode that holds the @len bytes of @text, in the way of copy_file().
 * Gives 0 or a negative errno value.
 */
int write_file(const char *to, const char *text, size_t len, mode_t mode);

#endif
