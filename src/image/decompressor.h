/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decompressor.h - decompresses a part of a file with a program if libarchive cannot */
#ifndef VFIO_CLAIM_IMAGE_DECOMPRESSOR_H
#define VFIO_CLAIM_IMAGE_DECOMPRESSOR_H

#include <sys/types.h>

/* All zero: not started. */
struct decompressor {
	pid_t feeder, program;
	int output; /* the decompressed data, for reading */
};

/*
 * Starts "@program -dc", a program of the running system, and feeds it the bytes from @at to @end
 * of the open file @fd. Stop it with decompressor_stop().
 * Returns 0 or a negative errno value, -ENOENT if there is no such program.
 */
int decompressor_start(struct decompressor *decompressor, const char *program, int fd, off_t at,
		       off_t end);

/* Kills both processes if they still run, and waits for them. */
void decompressor_stop(struct decompressor *decompressor);

#endif
