/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can block without limit runs in a child process that can be given up. A process stuck inside
 * the kernel cannot be killed, so it is left behind and everything else goes on.
 */
#ifndef VFIO_CLAIM_CORE_CHILD_H
#define VFIO_CLAIM_CORE_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0 when it was never started */
	int fd; /* our end of the pipe that it speaks into; that it closes its own says nothing */
	int error; /* the errno that it ended with; ETIMEDOUT while it has not ended */
	size_t length;
	char said[200]; /* what it wrote to its pipe, cut; NUL-terminated */
};

/*
 * The work: @say is the descriptor of its end of the pipe, or negative. Returns 0 or an errno
 * (positive).
 */
typedef int child_job(void *what, int say);

/*
 * Starts @job(@what) in a child process; @what is the child's own copy. Where there can be none (no
 * process, no descriptor), the job is done here and now, with nobody to say anything to: that it
 * might block as well is less likely than that it must be done.
 */
void child_start(struct child *child, child_job *job, void *what);

/*
 * Waits until the child has ended, @patience milliseconds at most, and collects what it says. The
 * time spent waiting is taken off *@budget, which a wait may overdraw but not below 0. Returns
 * whether it has ended; if not, this may be called again.
 */
bool child_wait(struct child *child, unsigned int patience, unsigned int *budget);

/* Gives up a child: kills it, if the kernel lets it be killed, and waits for nothing. */
void child_abandon(struct child *child);

#endif
