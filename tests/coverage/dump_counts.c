// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gcov writes its counts when a program ends by exit(). Children here end by _exit(), so this
 * replaces the C library's (-Wl,--wrap=_exit). gcov itself handles fork() and exec.
 */
#include <unistd.h>

void __gcov_dump(void);
void __real__exit(int status) __attribute__((noreturn));
void __wrap__exit(int status) __attribute__((noreturn));

void __wrap__exit(int status)
{
	__gcov_dump();
	__real__exit(status);
}
