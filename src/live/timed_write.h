/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timed_write.h - writes and reads control files of the kernel that may block, and says what came
 * of it
 */
#ifndef VFIO_CLAIM_LIVE_TIMED_WRITE_H
#define VFIO_CLAIM_LIVE_TIMED_WRITE_H

#include "targets.h"

/*
 * Writes @data to the file @path, absolute and inside the sysroot, in a child, which is abandoned
 * after the timeout of @targets. Returns 0 or an errno (positive): ETIMEDOUT if it has not ended,
 * or that of write(2).
 */
int timed_write(const struct targets *targets, const char *path, const char *data);

/*
 * Reads the file @path likewise: stores what it holds, without its closing newline, in @data of
 * @size bytes, at most what a child can say (../core/child.h). Returns as timed_write(); @data is
 * empty then, unless that is 0.
 */
int timed_read(const struct targets *targets, const char *path, char *data, size_t size);

/*
 * Prints that @what, "console vtcon1", is @done, "unbound"; or an error that it is not. @error: 0
 * or what timed_write() returned. Returns 0, or -1 if it is not done.
 */
int timed_write_tell(const struct targets *targets, const char *what, const char *done, int error);

#endif
