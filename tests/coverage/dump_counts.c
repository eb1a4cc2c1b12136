// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * gcov writes its counts when a program ends by exit(). Children here end by _exit(), which is
 * therefore linked in place of the C library's (-Wl,--wrap=_exit). On fork() and exec gcov itself
 * sees to it.
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
