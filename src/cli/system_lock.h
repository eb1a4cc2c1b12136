/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * system_lock.h - one command at a time that changes a system
 */
#ifndef VFIO_CLAIM_CLI_SYSTEM_LOCK_H
#define VFIO_CLAIM_CLI_SYSTEM_LOCK_H

/*
 * Locks the system below @sysroot (see path_below()) by its /run/vfio-claim.lock, to the end of the
 * process, however that comes: the lock is this process's own, and none of those that it starts has
 * it (fcntl(2), F_SETLK). To be called before anything is read that decides what is changed. While
 * another process has it that is waited for, a minute at the most, and said. Returns 0, or -1 after
 * a message.
 */
int system_lock(const char *sysroot);

#endif
