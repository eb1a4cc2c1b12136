/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "printable.h"
#include "terminal.h"

#define PREFIX "vfio-claim: "
#define INDENT 4 /* of the further lines on a terminal */

static bool muted;
static struct messages *collected;

const char *message_errno_words(int err)
{
	switch (abs(err)) {
	case ENOENT:
		return "it is not there";
	case ENOTDIR:
		return "it is not a directory, or a part of its path is not";
	case EISDIR:
		return "it is a directory";
	case EACCES:
		return geteuid() != 0
			       ? "permission denied; try again as root"
			       : "permission denied, even to root: a security module such as "
				 "SELinux, or a file server, may forbid it";
	case EPERM:
		return geteuid() != 0
			       ? "permission denied; try again as root"
			       : "not permitted, even to root: the file may be immutable (see "
				 "lsattr(1)), or this is a container, or the kernel is locked down";
	case EILSEQ:
		return "it has a NUL byte, so it is not a text file";
	case EROFS:
		return "the file system is read-only";
	case ENOSPC:
	case EDQUOT:
		return "no space is left on the file system";
	case ELOOP:
		return "too many symbolic links, or a loop of them";
	case ENOSYS:
		/* What libkmod returns for an index with an unknown magic or version. */
		return "libkmod does not know the format of the file";
	case ENOMEM:
		return "out of memory";
	default:
		return strerror(abs(err));
	}
}

/*
 * Prints a message in one write, so that those of several processes do not mix: a line, which is
 * folded on a terminal.
 */
static void print(const char *message)
{
	char *safe = printable(message), *line = NULL, *lines = NULL;
	size_t width = terminal_error_width();

	if (safe && asprintf(&line, PREFIX "%s", safe) < 0)
		line = NULL;
	if (line && width)
		lines = folded(width, INDENT, line);
	if (line)
		fprintf(stderr, "%s\n", lines ? lines : line);
	free(lines);
	free(line);
	free(safe);
}

static void print_warning(const char *text)
{
	char *whole;

	if (asprintf(&whole, "warning: %s", text) < 0)
		return;
	print(whole);
	free(whole);
}

/* Prints or collects one error, followed by a colon and @why if not NULL. */
static void say(const char *fmt, va_list args, const char *why)
{
	char *text, *whole;

	if (muted || vasprintf(&text, fmt, args) < 0)
		return;
	if (asprintf(&whole, "%s%s%s", text, why ? ": " : "", why ? why : "") >= 0) {
		if (collected)
			string_set_add(&collected->errors, whole);
		else
			print(whole);
		free(whole);
	}
	free(text);
}

void message_error(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, NULL);
	va_end(args);
}

void message_errno(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, message_errno_words(err));
	va_end(args);
}

void message_warning(const char *fmt, ...)
{
	va_list args;
	char *text;

	if (muted)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text && collected)
		string_set_add(&collected->warnings, text);
	else if (text)
		print_warning(text);
	free(text);
}

static bool is_debugging(void)
{
	const char *debug = getenv("VFIO_CLAIM_DEBUG");

	return debug && debug[0] && strcmp(debug, "0") != 0;
}

void message_debug(int err, const char *fmt, ...)
{
	const int before = errno;
	char *text, *whole;
	va_list args;

	if (!is_debugging())
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	if (text && asprintf(&whole, "debug: %s%s%s", text, err ? ": " : "",
			     err ? strerror(abs(err)) : "") >= 0) {
		print(whole);
		free(whole);
	}
	free(text);
	errno = before;
}

void messages_mute(bool mute)
{
	muted = mute;
}

struct messages *messages_collect(struct messages *list)
{
	struct messages *before = collected;

	collected = list;
	return before;
}

void messages_print(struct messages *list)
{
	size_t i;

	for (i = 0; i < list->warnings.count; i++)
		message_warning("%s", list->warnings.name[i]);
	for (i = 0; i < list->errors.count; i++)
		message_error("%s", list->errors.name[i]);
	messages_free(list);
}

void messages_free(struct messages *list)
{
	string_set_free(&list->warnings);
	string_set_free(&list->errors);
}
