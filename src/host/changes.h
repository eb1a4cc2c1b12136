/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - changes the system in steps, files and commands: all of them or none
 *
 * Steps are recorded first, so that they can be shown without being performed. Paths are absolute,
 * inside the sysroot (path_below()).
 */
#ifndef VFIO_CLAIM_HOST_CHANGES_H
#define VFIO_CLAIM_HOST_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

#include "string_set.h"

struct change;

/* Initialize all but the first member to zero. */
struct changes {
	const char *sysroot; /* the caller's; see path_below() */
	struct change *list;
	size_t count;
	size_t done;             /* of these */
	bool failed;             /* one could not be recorded; an error was printed */
	struct string_set files; /* files to be changed, even if nothing would change */
};

/*
 * Performs or checks something. Returns 0, or -1 after printing an error. @subject: of
 * changes_call().
 */
typedef int change_fn(const char *sysroot, const char *subject);

/*
 * Adds a step: writes @text to @path, or removes it if @text is NULL. The file is replaced as a
 * whole, keeps its owner, mode and extended attributes, and links to it stay links; a new file gets
 * mode 0644. No step is added if nothing would change. Only text files are written over, but any
 * file is removed. If an earlier step writes the same file, and no command comes between them, that
 * step writes @text instead.
 */
void changes_file(struct changes *changes, const char *path, const char *text);

/*
 * Returns the text that @path will have after the steps so far, as config_text() returns it: a new
 * string, or NULL with errno; ENOENT, too, if a step removes it.
 */
char *changes_text(const struct changes *changes, const char *path);

/*
 * Adds a step: runs a tool, see struct tool; @argv is copied. Its changes to files are undone if
 * these are kept; keep all that it may write.
 */
void changes_run(struct changes *changes, const char *const *argv);

/*
 * Adds a step: calls @call for @subject. @what: the action, "check the image of", shown before the
 * subject.
 */
void changes_call(struct changes *changes, change_fn *call, const char *what, const char *subject);

/*
 * Adds a step that does nothing, but has @call called for @subject if a later step fails: after
 * what the later ones did was undone, before what the earlier ones did is.
 */
void changes_undo_call(struct changes *changes, change_fn *call, const char *subject);

/* Returns true if there is such a step. */
bool changes_has_undo_call(const struct changes *changes, change_fn *call);

/*
 * Adds a step that keeps a copy of @path, which a command may write, and restores it if a later
 * step fails; a file that did not exist is then removed.
 */
void changes_keep(struct changes *changes, const char *path);

/*
 * Adds a step that notes which files the directory @path has, for a command that makes files whose
 * names are not known before: if a later step fails, those that are new are removed.
 */
void changes_keep_directory(struct changes *changes, const char *path);

/* No step: what a killed run that wrote the file @path has left beside it will be removed. */
void changes_clean(struct changes *changes, const char *path);

/* Returns true if there are steps other than checks and backups. */
bool changes_any(const struct changes *changes);

/* What one step does: at most one of these. */
struct step {
	const char *file; /* written, or removed if @text is NULL */
	const char *text;
	const char *kept;    /* a file that is kept because a command will write it */
	const char *command; /* the command line of a tool */
};

/* Fills @step with step @index, counted from 0. Returns false if there are no more. */
bool changes_step(const struct changes *changes, size_t index, struct step *step);

/*
 * Returns true if step @index wrote or kept a file that is not as it was before. If several steps
 * have the file, the first one tells. Call it after changes_make(), whether that failed or not.
 */
bool changes_differs(const struct changes *changes, size_t index);

/* Prints what the steps would do: files as a diff(1), commands verbatim. Returns 0 or -1. */
int changes_show(const struct changes *changes);

/*
 * Performs the steps in order, and prints a line with the seconds that each took. If one fails,
 * those before it are undone in reverse order and verified; messages tell which files could not be
 * restored, or that all were. A signal that would end the program makes the current step fail
 * (signals_catch()). Returns 0, or -1 after printing errors.
 */
int changes_make(struct changes *changes);

/* Frees what it holds, including copies of files. */
void changes_free(struct changes *changes);

#endif
