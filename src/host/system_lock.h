/* SPDX-License-Identifier: GPL-2.0-or-later */
/* system_lock.h - allows only one command at a time to change a system */
#ifndef VFIO_CLAIM_HOST_SYSTEM_LOCK_H
#define VFIO_CLAIM_HOST_SYSTEM_LOCK_H

/*
 * Locks the system below @sysroot (see path_below()) by its /run/vfio-claim.lock until this process
 * ends in any way: child processes do not inherit the lock (fcntl(2), F_SETLK). Call it before
 * reading anything that decides what is changed. If another process has the lock, prints that and
 * waits for at most a minute. From then on a closed standard output does not end this program. Not
 * for the command 'image', which a tool of the lock's holder runs. Returns 0, or -1 after printing
 * an error.
 */
int system_lock(const char *sysroot);

#endif
