/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "sysroot.h"

int usage_error(const struct arguments *args, const char *problem, ...)
{
	const char *command = args->command;
	char *text;
	va_list list;
	int len;

	va_start(list, problem);
	len = vasprintf(&text, problem, list);
	va_end(list);
	complain("%s%s%s; see 'vfio-claim%s%s --help'", command ? command : "", command ? ": " : "",
		 len < 0 ? "the arguments are wrong" : text, command ? " " : "",
		 command ? command : "");
	if (len >= 0)
		free(text);
	return EXIT_USAGE;
}

/* The row for a name of @len bytes, or NULL. */
static const struct option_def *find_option(const struct option_def *table, const char *name,
					    size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

/* Finds the value of @option: after the '=' if there is one, else the next word. */
static int take_value(struct arguments *args, const struct option_def *option, const char *equals)
{
	args->value = equals ? equals + 1 : NULL;
	if (!option->takes_value && equals) {
		usage_error(args, "option --%s takes no value", option->name);
		return OPT_BAD;
	}
	if (!option->takes_value || equals)
		return option->number;
	if (args->at >= args->count) {
		usage_error(args, "option --%s needs a value", option->name);
		return OPT_BAD;
	}
	args->value = args->word[args->at++];
	return option->number;
}

int next_option(struct arguments *args, const struct option_def *table)
{
	const struct option_def *option = NULL;
	const char *word, *equals;
	size_t len;

	if (args->at >= args->count || args->word[args->at][0] != '-')
		return OPT_END;
	word = args->word[args->at++];
	if (strcmp(word, "--") == 0)
		return OPT_END;
	equals = strchr(word, '=');
	len = equals ? (size_t)(equals - word) : strlen(word);
	if (word[1] == '-')
		option = find_option(table, word + 2, len - 2);
	if (!option) {
		usage_error(args, "unknown option %.*s", (int)len, word);
		return OPT_BAD;
	}
	return take_value(args, option, equals);
}

int next_word(struct arguments *args, const struct option_def *table)
{
	const char *word = args->at < args->count ? args->word[args->at] : NULL;

	if (!word)
		return OPT_END;
	if (!args->only_operands && strcmp(word, "--") == 0) {
		args->only_operands = true;
		args->at++;
		return next_word(args, table);
	}
	if (!args->only_operands && word[0] == '-')
		return next_option(args, table);
	args->value = args->word[args->at++];
	return OPT_OPERAND;
}

/*
 * @path from the root on, so that it means the same to libraries and to programs that are run
 * elsewhere: itself, or what lasts as long as the program; NULL with errno.
 */
static const char *absolute(const char *path)
{
	static char real[PATH_MAX];

	return path[0] == '/' ? path : realpath(path, real);
}

int set_sysroot(struct settings *settings, const struct arguments *args)
{
	if (!args->value[0])
		return usage_error(args, "option --sysroot needs the name of a directory");
	if (!is_directory(args->value)) {
		complain("--sysroot %s: there is no such directory", args->value);
		return EXIT_FAILED;
	}
	settings->sysroot = absolute(args->value);
	if (settings->sysroot)
		return EXIT_OK;
	complain_errno(errno, "--sysroot %s", args->value);
	return EXIT_FAILED;
}

int refuse_operands(const struct arguments *args)
{
	if (args->at >= args->count)
		return EXIT_OK;
	return usage_error(args, "unexpected argument '%s'", args->word[args->at]);
}
