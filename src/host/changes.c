/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../core/array.h"
#include "config_lines.h"
#include "file_backup.h"
#include "messages.h"
#include "printable.h"
#include "run_tool.h"
#include "signals.h"
#include "sysroot.h"
#include "sysroot_files.h"

enum kind {
	CHANGE_FILE,
	CHANGE_COMMAND,
	CHANGE_CALL,
	CHANGE_KEEP,
	CHANGE_DIRECTORY,
	CHANGE_UNDO_CALL,
};

struct change {
	enum kind kind;
	char *what;             /* a path, a command line, or the action */
	char *text;             /* a file's text, NULL to remove it; a call's subject */
	struct string_set list; /* words of a command; files of a directory */
	change_fn *call;
	struct file_backup kept; /* the file before the change */
};

/* Returns true if the step keeps a backup of its file. */
static bool has_backup(const struct change *change)
{
	return change->kind == CHANGE_FILE || change->kind == CHANGE_KEEP;
}

/* Returns the first step that keeps a backup of the file @path, or NULL. */
static const struct change *find_backup(const struct changes *changes, const char *path)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (has_backup(&changes->list[i]) && strcmp(changes->list[i].what, path) == 0)
			return &changes->list[i];
	return NULL;
}

/* --- noting steps ------------------------------------------------------------------------------
 */

static void free_change(struct change *change)
{
	free(change->what);
	free(change->text);
	string_set_free(&change->list);
	file_backup_forget(&change->kept);
}

static void add(struct changes *changes, const struct change *change)
{
	if (change->what &&
	    array_add(&changes->list, &changes->count, change, sizeof(*change)) == 0)
		return;
	message_errno(ENOMEM, "cannot prepare the changes");
	changes->failed = true;
	free_change((struct change *)change);
}

/*
 * Returns 1 if @path already contains @text, or does not exist if that is NULL; 0 if not; or a
 * negative errno value.
 */
static int is_so(const char *sysroot, const char *path, const char *text)
{
	char *now = file_text(sysroot, path);
	int same = text ? now && strcmp(now, text) == 0 : !now;

	if (!now && !text && errno == EILSEQ) /* one with NUL characters can be removed */
		same = 0;
	else if (!now && errno != ENOENT && errno != ENOTDIR)
		same = -errno;
	free(now);
	return same;
}

/* Returns the last step that writes the file @path, or NULL. *@behind: a command follows it. */
static struct change *find_file(const struct changes *changes, const char *path, bool *behind)
{
	struct change *change;
	size_t i;

	*behind = false;
	for (i = changes->count; i > 0; i--) {
		change = &changes->list[i - 1];
		if (change->kind == CHANGE_FILE && strcmp(change->what, path) == 0)
			return change;
		*behind |= change->kind == CHANGE_COMMAND;
	}
	return NULL;
}

char *changes_text(const struct changes *changes, const char *path)
{
	bool behind;
	const struct change *earlier = find_file(changes, path, &behind);

	if (!earlier)
		return config_text(changes->sysroot, path);
	errno = ENOENT;
	return earlier->text ? strdup(earlier->text) : NULL;
}

/* Makes an earlier step write @text. */
static void rewrite(struct changes *changes, struct change *earlier, const char *text)
{
	char *copy = text ? strdup(text) : NULL;

	if (text && !copy) {
		message_errno(ENOMEM, "cannot prepare the changes");
		changes->failed = true;
		return;
	}
	free(earlier->text);
	earlier->text = copy;
}

void changes_file(struct changes *changes, const char *path, const char *text)
{
	struct change change = { .kind = CHANGE_FILE }, *earlier;
	int same = is_so(changes->sysroot, path, text);
	bool behind;

	string_set_add(&changes->files, path);
	earlier = find_file(changes, path, &behind);
	if (earlier && !behind) {
		rewrite(changes, earlier, text);
		return;
	}
	if (same < 0) {
		message_errno(same, "cannot read %s%s", changes->sysroot, path);
		changes->failed = true;
	}
	if (same)
		return;
	change.text = text ? strdup(text) : NULL;
	change.what = !text || change.text ? strdup(path) : NULL;
	add(changes, &change);
}

void changes_run(struct changes *changes, const char *const *argv)
{
	struct change change = { .kind = CHANGE_COMMAND, .what = tool_line(argv) };

	for (; *argv; argv++)
		if (string_set_append(&change.list, *argv) < 0)
			changes->failed = true;
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

void changes_undo_call(struct changes *changes, change_fn *call, const char *subject)
{
	struct change change = { .kind = CHANGE_UNDO_CALL, .call = call, .text = strdup(subject) };

	change.what = change.text ? strdup("") : NULL;
	add(changes, &change);
}

bool changes_has_undo_call(const struct changes *changes, change_fn *call)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		if (changes->list[i].kind == CHANGE_UNDO_CALL && changes->list[i].call == call)
			return true;
	return false;
}

void changes_keep(struct changes *changes, const char *path)
{
	const struct change change = { .kind = CHANGE_KEEP, .what = strdup(path) };

	string_set_add(&changes->files, path);
	if (change.what && find_backup(changes, path))
		free(change.what);
	else
		add(changes, &change);
}

void changes_keep_directory(struct changes *changes, const char *path)
{
	const struct change change = { .kind = CHANGE_DIRECTORY, .what = strdup(path) };

	add(changes, &change);
}

void changes_clean(struct changes *changes, const char *path)
{
	string_set_add(&changes->files, path);
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

bool changes_differs(const struct changes *changes, size_t index)
{
	const struct change *change = &changes->list[index];

	return index < changes->count && has_backup(change) && file_backup_differs(&change->kept);
}

/* --- showing -----------------------------------------------------------------------------------
 */

/* Prints what becomes of a file. Returns 0, or -1 after printing an error. */
static int show_file(const char *sysroot, const struct change *change)
{
	char *now = change->text ? NULL : file_text(sysroot, change->what);
	bool binary = !change->text && !now && errno == EILSEQ;

	free(now);
	if (!binary)
		return file_show_difference(sysroot, change->what, change->text);
	print_line("remove: %s", change->what);
	return 0;
}

int changes_show(const struct changes *changes)
{
	const struct change *change;
	size_t i;

	if (changes->failed)
		return -1;
	for (i = 0; i < changes->count; i++) {
		change = &changes->list[i];
		if (change->kind == CHANGE_FILE && show_file(changes->sysroot, change) < 0)
			return -1;
		if (change->kind == CHANGE_COMMAND)
			print_line("run: %s", change->what);
		if (change->kind == CHANGE_CALL)
			print_line("%s", change->what);
	}
	return 0;
}

/* --- doing -------------------------------------------------------------------------------------
 */

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int run(const char *sysroot, const struct change *change)
{
	const struct tool tool = { .sysroot = sysroot,
				   .argv = (const char *const *)change->list.name };

	return tool_run(&tool, NULL, NULL);
}

/* Returns 0, or -1 after printing an error. */
static int do_change(const char *sysroot, struct change *change)
{
	switch (change->kind) {
	case CHANGE_COMMAND:
		return run(sysroot, change);
	case CHANGE_CALL:
		return change->call(sysroot, change->text);
	case CHANGE_KEEP:
		return file_backup_take(&change->kept, sysroot, change->what);
	case CHANGE_DIRECTORY:
		string_set_free(&change->list);
		change->list = sysroot_list(sysroot, "%s", change->what);
		return 0;
	case CHANGE_UNDO_CALL:
		return 0;
	case CHANGE_FILE:
		break;
	}
	/* A command of an earlier step may have removed it. */
	if (!change->text && is_so(sysroot, change->what, NULL) == 1)
		return 0;
	if (file_backup_take(&change->kept, sysroot, change->what) < 0)
		return -1;
	return file_replace(sysroot, change->what, change->text);
}

/* Returns true if the step is shown to the user. */
static bool is_told(const struct change *change)
{
	return change->kind != CHANGE_KEEP && change->kind != CHANGE_DIRECTORY &&
	       change->kind != CHANGE_UNDO_CALL;
}

static void begin_line(const struct change *change)
{
	const char *verb = change->text ? "write " : "remove ";

	if (!is_told(change))
		return;
	fputs(change->kind == CHANGE_FILE ? verb : "", stdout);
	printable_write(stdout, change->what);
	fputs(" ... ", stdout);
	fflush(stdout);
}

/* Ends the line, and prints the messages collected meanwhile. */
static void end_line(const struct change *change, int result, double began,
		     struct messages *messages)
{
	if (is_told(change))
		printf("%s%.1f s\n", result < 0 ? "failed, " : "", seconds() - began);
	fflush(stdout);
	messages_print(messages);
}

static int make_one(const char *sysroot, struct change *change)
{
	struct messages messages = { 0 };
	double began = seconds();
	int result;

	begin_line(change);
	messages_collect(&messages);
	result = do_change(sysroot, change);
	if (result == 0 && signals_caught()) {
		message_error("interrupted by a signal (%s)", strsignal(signals_caught()));
		result = -1;
	}
	messages_collect(NULL);
	end_line(change, result, began, &messages);
	return result;
}

/*
 * Removes the files of a directory that are new. If none were seen in it before, it may not have
 * been readable: nothing is removed. Returns how many could not be removed.
 */
static size_t remove_new(const char *sysroot, const struct change *change)
{
	struct string_set now = sysroot_list(sysroot, "%s", change->what);
	size_t i, failed = 0;
	char *path;

	for (i = 0; change->list.count && i < now.count; i++) {
		if (string_set_have(&change->list, now.name[i]))
			continue;
		if (asprintf(&path, "%s/%s", change->what, now.name[i]) < 0) {
			failed++;
			continue;
		}
		failed += file_replace(sysroot, path, NULL) < 0;
		free(path);
	}
	string_set_free(&now);
	return failed;
}

/* Returns how many files could not be restored, after printing an error for each. */
static size_t undo_one(const char *sysroot, const struct change *change)
{
	size_t failed = change->kind == CHANGE_DIRECTORY ? remove_new(sysroot, change) : 0;

	if (change->kind == CHANGE_UNDO_CALL)
		return change->call(sysroot, change->text) < 0;
	return failed + (file_backup_restore(&change->kept, sysroot, change->what) < 0);
}

/* Returns true if @change has the original of its file: if several steps change it, the first. */
static bool has_original(const struct changes *changes, const struct change *change)
{
	return has_backup(change) && find_backup(changes, change->what) == change;
}

/*
 * Restores files that were removed or renamed before anything else: if undo removed their new names
 * first, a power failure would leave neither. What fails, for lack of room, is tried again later.
 */
static void restore_missing(const struct changes *changes)
{
	const struct change *change;
	size_t i;

	messages_mute(true);
	for (i = 0; i < changes->done; i++) {
		change = &changes->list[i];
		if (has_original(changes, change) &&
		    !sysroot_has(changes->sysroot, "%s", change->what))
			file_backup_restore(&change->kept, changes->sysroot, change->what);
	}
	messages_mute(false);
	sync();
}

/* Restores what was changed or kept, in reverse order, and then verifies it. */
static void undo(struct changes *changes)
{
	const struct change *change;
	size_t i, failed = 0;

	restore_missing(changes);
	for (i = changes->done; i-- > 0;) {
		change = &changes->list[i];
		failed += undo_one(changes->sysroot, change);
	}
	for (i = 0; i < changes->done; i++) {
		change = &changes->list[i];
		if (has_original(changes, change) &&
		    file_backup_verify(&change->kept, changes->sysroot, change->what) < 0)
			failed++;
	}
	if (failed)
		message_error("everything not named above is as it was before");
	else
		message_error("all is as it was before");
}

/* Checks in advance for files that cannot be changed. Returns 0, or -1 after printing an error. */
static int check(const struct changes *changes)
{
	const struct change *change;
	int result = 0;
	size_t i;

	for (i = 0; i < changes->count; i++) {
		change = &changes->list[i];
		if (change->kind == CHANGE_FILE)
			result |= file_check_writable(changes->sysroot, change->what);
	}
	if (result < 0)
		message_error("nothing was changed");
	return result;
}

int changes_make(struct changes *changes)
{
	size_t i;

	if (changes->failed || check(changes) < 0)
		return -1;
	for (i = 0; i < changes->files.count; i++)
		file_clean(changes->sysroot, changes->files.name[i]);
	signals_catch();
	while (changes->done < changes->count) {
		if (make_one(changes->sysroot, &changes->list[changes->done++]) == 0)
			continue;
		undo(changes);
		sync();
		return -1;
	}
	/* The next reader may be a boot loader, after a power failure. */
	sync();
	return 0;
}

void changes_free(struct changes *changes)
{
	size_t i;

	for (i = 0; i < changes->count; i++)
		free_change(&changes->list[i]);
	free(changes->list);
	string_set_free(&changes->files);
	changes->list = NULL;
	changes->count = 0;
}
