/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run_tool.h - runs tools of the system being changed: its own update-grub, dracut, grubby
 *
 * A tool runs in / with the signals' default actions and an environment of only PATH, HOME and the
 * locale (and our TMPDIR, unless below a sysroot). Values are passed as arguments or on standard
 * input, never in shell code.
 */
#ifndef VFIO_CLAIM_HOST_RUN_TOOL_H
#define VFIO_CLAIM_HOST_RUN_TOOL_H

#include <stdbool.h>
#include <stddef.h>

/* What to run. Initialize to all zeros. */
struct tool {
	const char *sysroot;     /* its root directory (chroot(2)), or "" */
	const char *const *argv; /* NULL-terminated; [0]: a path, or a name found by PATH */
	const void *input;       /* its standard input; NULL: /dev/null */
	size_t input_length;
	size_t output_limit;     /* maximum bytes of standard output to return; 0: it is shown if
				    the tool fails, as standard error always is */
	unsigned int seconds;    /* it is killed after this time; 0: TOOL_SECONDS */
	unsigned int status_max; /* the highest exit status that is not a failure */
	bool plain;              /* run it in the C locale, since its output is parsed */
};

/* Enough for all images on a slow machine. */
#define TOOL_SECONDS (2 * 60 * 60)

/*
 * Runs the tool. @output: NULL, or gets its standard output, NUL-terminated, which the caller
 * frees; NULL on failure. @length: of that, or NULL. Failures: it cannot be run, is killed, takes
 * too long, prints more than allowed, or exits with a higher status; the message includes the end
 * of its output. Returns 0, or -1 after printing an error.
 */
int tool_run(const struct tool *tool, char **output, size_t *length);

/* Returns the words as a shell command line: a new string, or NULL if out of memory. */
char *tool_line(const char *const *argv);

/*
 * Returns the path inside @sysroot of the program @name, searched in the PATH of tools: a new
 * string, which the caller frees; NULL if there is none, or if out of memory.
 */
char *find_program(const char *sysroot, const char *name);

/* Returns true if there is such a program. */
bool has_program(const char *sysroot, const char *name);

#endif
