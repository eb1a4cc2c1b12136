/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * signals.h - signals that end a program wait until a change is complete or undone
 */
#ifndef VFIO_CLAIM_HOST_SIGNALS_H
#define VFIO_CLAIM_HOST_SIGNALS_H

/*
 * From now on a signal that would end this program is only noted, unless it is ignored already
 * (nohup(1)). Exempt are SIGKILL and those of a program's own faults: SIGSEGV, SIGBUS, SIGFPE,
 * SIGILL, SIGABRT. SIGPIPE is forgotten: writing to a closed pipe is an error like others, which
 * main() reports. Programs that are run get the default actions back (exec(2)).
 */
void signals_catch(void);

/* Returns the number of the first signal noted, or 0. */
int signals_caught(void);

/* Ends this program by the signal that was noted; returns if there is none. */
void signals_deliver(void);

#endif
