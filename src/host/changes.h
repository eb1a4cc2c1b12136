/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - a change of the system in steps: files and commands, all of them or none
 *
 * Steps are noted first, so that they can be shown without being done. Paths are absolute, inside
 * the sysroot (path_below()).
 */
#ifndef VFIO_CLAIM_HOST_CHANGES_H
#define VFIO_CLAIM_HOST_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "string_set.h"

struct change;

/* Begin with all zero but the first. */
struct changes {
	const char *sysroot; /* the caller's; see path_below() */
	struct change *list;
	size_t count;
	size_t done;             /* of them */
	bool failed;             /* one could not be noted, and an error was printed */
	struct string_set files; /* that were to be changed, even if they need not be */
};

/* Does or checks something; returns 0, or -1 after printing an error. @subject: of changes_call().
 */
typedef int change_fn(const char *sysroot, const char *subject);

/*
 * Adds a step: @path gets the contents @text, or is removed if that is NULL. It is replaced as a
 * whole, keeps its owner, mode and extended attributes, and links to it stay links; a new file gets
 * mode 0644. No step is added if nothing would change.
 */
void changes_file(struct changes *changes, const char *path, const char *text);

/*
 * Adds a step: runs a tool, see struct tool; @argv is copied. What it may have done to files is undone if they are
 * kept; all that it may write must be.
 */
void changes_run(struct changes *changes, const char *const *argv);

/*
 * Adds a step: calls @call for @subject. @what: what it does to that, "check the image of", for the
 * line that names both.
 */
void changes_call(struct changes *changes, change_fn *call, const char *what, const char *subject);

/*
 * Adds a step that keeps a copy of @path, which a command may write, and puts it back when a later
 * step fails; a file that did not exist is removed then.
 */
void changes_keep(struct changes *changes, const char *path);

/*
 * The same for all files that the directory @path has now; new ones are removed when a later step
 * fails. Its directories and hidden files are left alone.
 */
void changes_keep_directory(struct changes *changes, const char *path);

/* Returns true if there is more to do than to check and to keep. */
bool changes_any(const struct changes *changes);

/* What one step does: one of these, or none of them. */
struct step {
	const char *file; /* that is written, or removed when @text is NULL */
	const char *text;
	const char *kept;    /* a file that is kept, since a command will write it */
	const char *command; /* the line of a tool or a shell's */
};

/* Fills @step with step @index, counted from 0. Returns false when there are no more. */
bool changes_step(const struct changes *changes, size_t index, struct step *step);

/* Prints what the steps would do: files as diff(1) does, commands as they are. Returns 0 or -1. */
int changes_show(const struct changes *changes);

/*
 * Does the steps in their order, and prints a line with the seconds it took for each. When one
 * fails, those before it are undone, the last one first, and read back; messages say which files
 * are not as they were, or that all is. A signal that would end the program fails the step that it
 * meets (signals_catch()). Returns 0, or -1 after printing errors.
 */
int changes_make(struct changes *changes);

/* Frees what it holds, the copies of files too. */
void changes_free(struct changes *changes);

#endif
