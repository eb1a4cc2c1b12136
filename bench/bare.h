/* SPDX-License-Identifier: GPL-2.0-or-later */
/* System calls without a C library, for x86-64: see syscall(2). */
#ifndef BARE_H
#define BARE_H

#include <sys/syscall.h>

/* Makes the system call. Returns what the kernel returns: a negative errno if it fails. */
static inline long bare_call(long number, long first, long second, long third, long fourth)
{
	register long r10 __asm__("r10") = fourth;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(first), "S"(second), "d"(third), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

/* Ends the process. */
static inline void bare_exit(int status)
{
	for (;;)
		bare_call(SYS_exit_group, status, 0, 0, 0);
}

#endif
