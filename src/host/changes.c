/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../core/array.h"
#include "file_backup.h"
#include "messages.h"
#include "run_tool.h"

enum kind {
	CHANGE_FILE,
	CHANGE_COMMAND,
	CHANGE_CALL,
	CHANGE_KEEP,
};

struct change {
	enum kind kind;
	char *what;  /* a path, a command, or what is done */
	char **argv; /* of a tool; NULL: the command is for a shell */
	char *text;  /* of a file, NULL to remove it; the subject of a call */
	change_fn *call;
	struct file_backup kept; /* what a file was before */
};

/* A signal has come that would have ended the program. */
static volatile sig_atomic_t interrupted;

/* --- writing steps down ------------------------------------------------------------------------
 */

static void free_words(char **words)
{
	size_t i;

	for (i = 0; words && words[i]; i++)
		free(words[i]);
	free(words);
}

static void add(struct changes *changes, const struct change *change)
{
	if (change->what &&
	    array_add(&changes->list, &changes->count, change, sizeof(*change)) == 0)
		return;
	complain_errno(ENOMEM, "cannot prepare the changes");
	changes->failed = true;
	free_words(change->argv);
	free(change->what);
	free(change->text);
}

/* Whether @path holds @text already, or is not there if that is NULL. */
static bool is_so(const char *sysroot, const char *path, const char *text)
{
	char *now = file_text(sysroot, path);
	bool same = text ? now && strcmp(now, text) == 0 : !now && errno == ENOENT;

	free(now);
	return same;
}

void changes_file(struct changes *changes, const char *path, const char *text)
{
	struct change change = { .kind = CHANGE_FILE };

	if (is_so(changes->sysroot, path, text))
		return;
	change.text = text ? strdup(text) : NULL;
	change.what = !text || change.text ? strdup(path) : NULL;
	add(changes, &change);
}

void changes_command(struct changes *changes, const char *command)
{
	const struct change change = { .kind = CHANGE_COMMAND, .what = strdup(command) };

	add(changes, &change);
}

/* Returns a copy of @argv, or NULL without memory. */
static char **copy_words(const char *const *argv)
{
	size_t count = 0, i;
	char **words;

	while (argv[count])
		count++;
	words = calloc(count + 1, sizeof(*words));
	for (i = 0; words && i < count; i++) {
		words[i] = strdup(argv[i]);
		if (!words[i]) {
			free_words(words);
			return NULL;
		}
	}
	return words;
}

void changes_run(struct changes *changes, const char *const *argv)
{
	struct change change = { .kind = CHANGE_COMMAND, .argv = copy_words(argv) };

	change.what = change.argv ? tool_line(argv) : NULL;
	add(changes, &change);
}

void changes_call(struct changes *changes, change_fn *call, const char *what, const char *subject)
{
	struct change change = { .kind = CHANGE_CALL, .call = call, .text = strdup(subject) };

	if (!change.text ||
	    asprintf(&change.what, "%s%s%s", what, subject[0] ? " " : "", subject) < 0)
		change.what = NULL;
	add(changes, &change);
}

void changes_keep(struct changes *changes, const char *path)
{
	const struct change change = { .kind = CHANGE_KEEP, .what = strdup(path) };

	add(changes, &change);
}

bool changes_any(const struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (changes->list[i].kind == CHANGE_FILE || changes->list[i].kind == CHANGE_COMMAND)
			return true;
	return false;
}

bool changes_step(const struct changes *changes, size_t index, struct step *step)
{
	const struct change *change;

	*step = (struct step){ 0 };
	if (index >= changes->count)
		return false;
	change = &changes->list[index];
	if (change->kind == CHANGE_FILE)
		*step = (struct step){ .file = change->what, .text = change->text };
	else if (change->kind == CHANGE_KEEP)
		step->kept = change->what;
	else if (change->kind == CHANGE_COMMAND)
		step->command = change->what;
	return true;
}

/* --- showing -----------------------------------------------------------------------------------
 */

int changes_show(const struct changes *changes)
{
	const struct change *change;
	size_t i;

	if (changes->failed)
		return -1;
	for (i = 0; i < changes->count; i++) {
		change = &changes->list[i];
		if (change->kind == CHANGE_FILE &&
		    file_show_difference(changes->sysroot, change->what, change->text) < 0)
			return -1;
		if (change->kind == CHANGE_COMMAND)
			printf("run: %s\n", change->what);
		if (change->kind == CHANGE_CALL)
			printf("%s\n", change->what);
	}
	return 0;
}

/* --- doing -------------------------------------------------------------------------------------
 */

static void note_signal(int number)
{
	(void)number;
	interrupted = 1;
}

/*
 * Has the signals that end programs end a step at the most: the commands get those of a terminal,
 * too, and end by them, as exec(2) gives signals that are caught their old meaning back.
 */
static void catch_signals(void)
{
	const struct sigaction action = { .sa_handler = note_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns 0, or -1 after printing an error. */
static int run_step(const char *sysroot, const struct change *change)
{
	const struct tool tool = { .sysroot = sysroot, .argv = (const char *const *)change->argv };

	return change->argv ? tool_run(&tool, NULL, NULL) : run_command(sysroot, change->what);
}

/* Gives 0, or -1 after a message. */
static int do_change(const char *sysroot, struct change *change)
{
	switch (change->kind) {
	case CHANGE_COMMAND:
		return run_step(sysroot, change);
	case CHANGE_CALL:
		return change->call(sysroot, change->text);
	case CHANGE_KEEP:
		return file_backup_take(&change->kept, sysroot, change->what);
	case CHANGE_FILE:
		break;
	}
	if (file_backup_take(&change->kept, sysroot, change->what) < 0)
		return -1;
	return file_replace(sysroot, change->what, change->text);
}

static void begin_line(const struct change *change)
{
	if (change->kind == CHANGE_KEEP)
		return;
	printf("%s%s ... ",
	       change->kind != CHANGE_FILE ? ""
	       : change->text              ? "write "
					   : "remove ",
	       change->what);
	fflush(stdout);
}

/* What was said while a line was begun, once it has ended. */
static void end_line(const struct change *change, int result, double began,
		     struct string_set *messages)
{
	size_t i;

	if (change->kind != CHANGE_KEEP)
		printf("%s%.1f s\n", result < 0 ? "failed, " : "", seconds() - began);
	fflush(stdout);
	for (i = 0; i < messages->count; i++)
		complain("%s", messages->name[i]);
	string_set_free(messages);
}

static int make_one(const char *sysroot, struct change *change)
{
	struct string_set messages = { 0 };
	double began = seconds();
	int result;

	begin_line(change);
	messages_collect(&messages);
	result = do_change(sysroot, change);
	if (result == 0 && interrupted) {
		complain("a signal has come");
		result = -1;
	}
	messages_collect(NULL);
	end_line(change, result, began, &messages);
	return result;
}

/* Puts all files back that were changed or kept. */
static void undo(struct changes *changes)
{
	const struct change *change;
	int result = 0;
	size_t i;

	for (i = changes->done; i-- > 0;) {
		change = &changes->list[i];
		if (change->kind == CHANGE_FILE || change->kind == CHANGE_KEEP)
			result |=
				file_backup_restore(&change->kept, changes->sysroot, change->what);
	}
	if (result == 0)
		complain("all is as it was before");
}

int changes_make(struct changes *changes)
{
	if (changes->failed)
		return -1;
	catch_signals();
	while (changes->done < changes->count) {
		if (make_one(changes->sysroot, &changes->list[changes->done++]) == 0)
			continue;
		undo(changes);
		sync();
		return -1;
	}
	/* What is read next may be read by a boot loader, after somebody has pulled the plug. */
	sync();
	return 0;
}

void changes_free(struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++) {
		free_words(changes->list[i].argv);
		free(changes->list[i].what);
		free(changes->list[i].text);
		file_backup_forget(&changes->list[i].kept);
	}
	free(changes->list);
	changes->list = NULL;
	changes->count = 0;
}
