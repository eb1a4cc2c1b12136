/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VFIO_CLAIM_BOOT_LOCK_H
#define VFIO_CLAIM_BOOT_LOCK_H

#include <stdbool.h>
#include <stddef.h>

/* Where everything is kept that is to be seen after the boot. */
#define RUN_DIR "run/vfio-claim"

/* Makes RUN_DIR below @root, if it can be made. Returns whether it has, so that it is empty. */
bool run_dir_make(int root);

/*
 * Puts a file in place: @path, below @root, with @length bytes of @data; written aside, then
 * renamed: whoever reads it sees the old or the new, never a half. That it cannot be written stops
 * nothing.
 */
void file_put(int root, const char *path, const char *data, size_t length);

/*
 * Makes sure that one bind at a time acts below @root: waits @milliseconds at most for another to
 * end. The lock is gone with the process, and children left behind do not hold it (fcntl(2)).
 * Returns false when another still has it then; true also where no lock can be made (read-only
 * /run). Reserve needs none: what it writes can be written twice.
 */
bool lock_take(int root, unsigned int milliseconds);

#endif
