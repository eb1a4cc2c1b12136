/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_tool.h - tools of the system that is worked on: its own update-grub, dracut, grubby
 */
#ifndef VFIO_CLAIM_HOST_RUN_TOOL_H
#define VFIO_CLAIM_HOST_RUN_TOOL_H

#include <stdbool.h>

/*
 * Runs @command by /bin/sh with the safe PATH of root, in the root directory @sysroot (chroot(2),
 * if it is not ""). Nothing is read from standard input. When it fails, a message has the end of
 * what it has printed.
 * Gives 0, or -1 after a message.
 */
int run_command(const char *sysroot, const char *command);

/*
 * The path under which @sysroot has the program @name: a new string, the caller's to free; NULL
 * when it has none, or without memory. It is looked for where the PATH of run_command() leads.
 */
char *find_program(const char *sysroot, const char *name);

/* Whether there is such a program. */
bool has_program(const char *sysroot, const char *name);

#endif
