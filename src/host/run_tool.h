/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_tool.h - tools of the system that is worked on: its own update-grub, dracut, grubby
 *
 * A tool runs in / with the signals' default actions and an environment of PATH, HOME and the
 * locale alone (of ours, also TMPDIR, unless below a sysroot). Values go to it as words or on its
 * standard input: never into the text of a shell.
 */
#ifndef VFIO_CLAIM_HOST_RUN_TOOL_H
#define VFIO_CLAIM_HOST_RUN_TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* What is run. Begin with all zero. */
struct tool {
	const char *sysroot;     /* root directory for it (chroot(2)), or "" */
	const char *const *argv; /* NULL-terminated; [0]: a path, or a name that PATH leads to */
	const void *input;       /* given to it on standard input; NULL: it reads /dev/null */
	size_t input_length;
	size_t output_limit;     /* the most bytes of standard output to return; 0: a message has
				    it when the tool fails, as standard error always */
	unsigned int seconds;    /* it is killed after so many; 0: TOOL_SECONDS */
	unsigned int status_max; /* the highest exit status that is no failure */
	bool plain;              /* in the C locale, since its output is parsed */
};

/* All images of a slow machine take less. */
#define TOOL_SECONDS (2 * 60 * 60)

/*
 * Runs the tool. @output: NULL, or where its standard output goes, followed by a NUL: new, for the
 * caller to free; NULL on failure. @length: of that, or NULL. Failures: it cannot be run, is
 * killed, takes too long, prints more than allowed, or ends with a higher status; the end of what
 * it has printed is part of the message. Returns 0, or -1 after printing an error.
 */
int tool_run(const struct tool *tool, char **output, size_t *length);

/* Returns the words as a line for a shell: a new string, or NULL without memory. */
char *tool_line(const char *const *argv);

/*
 * Returns the path under which @sysroot has the program @name, looked for where the PATH of tools
 * leads: a new string, which the caller frees; NULL when there is none, or without memory.
 */
char *find_program(const char *sysroot, const char *name);

/* Returns true if there is such a program. */
bool has_program(const char *sysroot, const char *name);

#endif
