/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "messages.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "printable.h"

#define PREFIX "vfio-claim: "

static bool muted;
static struct string_set *collected;

/* The sentence for an errno(3) value of either sign: the one place that words them. */
static const char *error_sentence(int err)
{
	switch (abs(err)) {
	case ENOENT:
		return "it is not there";
	case ENOTDIR:
		return "it is not a directory, or a part of its path is not";
	case EISDIR:
		return "it is a directory";
	case EACCES:
	case EPERM:
		return "permission denied; try again as root";
	case EROFS:
		return "the file system is read-only";
	case ENOSPC:
	case EDQUOT:
		return "no space is left on the file system";
	case ELOOP:
		return "its symbolic links lead round in a circle";
	case ENOSYS:
		/* libkmod's word for an index whose magic or version it does not know. */
		return "the file's format is not one that libkmod knows";
	case ENOMEM:
		return "out of memory";
	default:
		return strerror(abs(err));
	}
}

/* Prints a line in one write, so that the lines of several processes do not mix. */
static void print(const char *message)
{
	char *line = printable(message);

	if (line)
		fprintf(stderr, PREFIX "%s\n", line);
	free(line);
}

/* Prints or collects one message, and after a colon @why, if there is one. */
static void say(const char *fmt, va_list args, const char *why)
{
	char *text, *whole;

	if (muted || vasprintf(&text, fmt, args) < 0)
		return;
	if (asprintf(&whole, "%s%s%s", text, why ? ": " : "", why ? why : "") >= 0) {
		if (collected)
			string_set_add(collected, whole);
		else
			print(whole);
		free(whole);
	}
	free(text);
}

void complain(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, NULL);
	va_end(args);
}

void complain_errno(int err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(fmt, args, error_sentence(err));
	va_end(args);
}

void messages_mute(bool mute)
{
	muted = mute;
}

struct string_set *messages_collect(struct string_set *list)
{
	struct string_set *before = collected;

	collected = list;
	return before;
}
