/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timed_write.h - writes to control files of the kernel that may block, and says what came of them
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
 * Prints that @what, "console vtcon1", is @done, "unbound"; or an error that it is not. @error: 0
 * or what timed_write() returned. Returns 0, or -1 if it is not done.
 */
int timed_write_tell(const struct targets *targets, const char *what, const char *done, int error);

#endif
