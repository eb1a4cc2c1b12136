/* SPDX-License-Identifier: GPL-2.0-or-later */
/* signals.h - delays signals that end the program until a change is complete or undone */
#ifndef VFIO_CLAIM_HOST_SIGNALS_H
#define VFIO_CLAIM_HOST_SIGNALS_H

/*
 * From now on writing to a closed pipe is an ordinary error, which main() reports, instead of
 * ending this program by SIGPIPE.
 */
void signals_survive_pipe(void);

/*
 * From now on a signal that would end this program is only noted, unless it is already ignored
 * (nohup(1)). Exceptions are SIGKILL and those caused by a program's own faults: SIGSEGV, SIGBUS,
 * SIGFPE, SIGILL, SIGABRT. Child programs get the default actions back (exec(2)).
 */
void signals_catch(void);

/* Returns the number of the first signal noted, or 0. */
int signals_caught(void);

/* Ends this program by the signal that was noted; returns if there is none. */
void signals_deliver(void);

#endif
