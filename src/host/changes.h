/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * changes.h - a change of the system in steps: files and commands, all of them or none
 *
 * The steps are written down first, so that they can be shown without doing them. In all of this a
 * path is the system's own, absolute one, see path_below().
 */
#ifndef VFIO_CLAIM_HOST_CHANGES_H
#define VFIO_CLAIM_HOST_CHANGES_H

#include <stdbool.h>
#include <stddef.h>

struct change;

/* Begin with all zero but the first. */
struct changes {
	const char *sysroot; /* the caller's; see path_below() */
	struct change *list;
	size_t count;
	size_t done; /* of them */
	bool failed; /* one could not be written down; a message has said why */
};

/* Does or checks something; gives 0, or -1 after a message. @subject: of changes_call(). */
typedef int change_fn(const char *sysroot, const char *subject);

/*
 * Adds a step: @path shall hold @text, or be gone if that is NULL. It is replaced as a whole, keeps
 * its mode and its owner, and a link to it stays one; a new one has mode 0644. No step is added
 * when it is so already.
 */
void changes_file(struct changes *changes, const char *path, const char *text);

/*
 * Adds a step: the command, as for run_command(). What it may have done to files is undone if they
 * are kept.
 */
void changes_command(struct changes *changes, const char *command);

/* The same for a tool, as for tool_run(): @argv is copied. */
void changes_run(struct changes *changes, const char *const *argv);

/*
 * Adds a step: @call for @subject. @what: what is done to that, "check the image of", for the line
 * that names both.
 */
void changes_call(struct changes *changes, change_fn *call, const char *what, const char *subject);

/*
 * Adds a step that keeps a copy of @path, to which a command will do something, and puts it back
 * when a later step fails. One that is not there is removed then.
 */
void changes_keep(struct changes *changes, const char *path);

/* Whether there is anything to do but to check and to keep. */
bool changes_any(const struct changes *changes);

/* What one step does, for those who must know beforehand; one of these, or none for a call. */
struct step {
	const char *file; /* that is written, or removed when @text is NULL */
	const char *text;
	const char *kept;    /* a file that is kept, since a command will write it */
	const char *command; /* as for run_command() */
};

/* Fills @step with step @index, counted from 0. Returns false when there are no more. */
bool changes_step(const struct changes *changes, size_t index, struct step *step);

/* Prints what the steps would do: files as diff(1) does, commands as they are. Gives 0 or -1. */
int changes_show(const struct changes *changes);

/*
 * Does the steps in their order, with a line and the seconds it took for each. When one fails,
 * those before it are undone, the last one first, and a line says so. A signal that would end the
 * program (signal(7)) fails the step that it meets. Gives 0, or -1 after messages.
 */
int changes_make(struct changes *changes);

/* Frees what it holds, and removes the copies that were kept. */
void changes_free(struct changes *changes);

#endif
