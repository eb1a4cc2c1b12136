/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "messages.h"
#include "sysroot.h"

const struct option_def common_options[] = {
	{ .name = "sysroot", .value = "DIR", .help = "read and write below DIR instead of /" },
	{ .name = "help", .help = "show this help (also -h)" },
	{ .name = NULL },
};

int usage_error(const struct arguments *args, const char *problem, ...)
{
	const char *command = args->command;
	char *text;
	va_list list;
	int len;

	va_start(list, problem);
	len = vasprintf(&text, problem, list);
	va_end(list);
	message_error("%s%s%s; see 'vfio-claim%s%s --help'", command ? command : "",
		      command ? ": " : "", len < 0 ? "the arguments are wrong" : text,
		      command ? " " : "", command ? command : "");
	if (len >= 0)
		free(text);
	return EXIT_USAGE;
}

bool is_mistyped(const char *word, size_t len, const char *meant)
{
	size_t meant_len = strlen(meant), begin = 0;

	while (begin < len && begin < meant_len && word[begin] == meant[begin])
		begin++;
	while (len > begin && meant_len > begin && word[len - 1] == meant[meant_len - 1]) {
		len--;
		meant_len--;
	}
	len -= begin;
	meant_len -= begin;
	word += begin;
	meant += begin;
	if (len == 2 && meant_len == 2)
		return word[0] == meant[1] && word[1] == meant[0];
	return len <= 1 && meant_len <= 1;
}

static const struct option_def *find_row(const struct option_def *table, const char *name,
					 size_t len)
{
	for (; table->name; table++)
		if (strlen(table->name) == len && memcmp(table->name, name, len) == 0)
			return table;
	return NULL;
}

const struct option_def *option_find(const struct option_def *table, const char *name, size_t len)
{
	const struct option_def *row = find_row(table, name, len);

	return row ? row : find_row(common_options, name, len);
}

static const struct option_def *find_similar(const struct option_def *table, const char *name,
					     size_t len)
{
	for (; table->name; table++)
		if (is_mistyped(name, len, table->name))
			return table;
	return NULL;
}

/* @word: an option of @len bytes that is not in any table. Returns EXIT_USAGE. */
static int say_unknown(const struct arguments *args, const struct option_def *table,
		       const char *word, size_t len)
{
	const struct option_def *similar = NULL;

	if (len > 2 && word[1] == '-') {
		similar = find_similar(table, word + 2, len - 2);
		if (!similar)
			similar = find_similar(common_options, word + 2, len - 2);
	}
	if (similar)
		return usage_error(args, "unknown option %.*s; did you mean --%s?", (int)len, word,
				   similar->name);
	return usage_error(args, "unknown option %.*s", (int)len, word);
}

/* Finds the value of @option: after the '=' if there is one, else the next word. */
static int find_value(struct arguments *args, const struct option_def *option, const char *equals)
{
	if (!option->value && equals)
		return usage_error(args, "option --%s takes no value", option->name);
	if (option->value && !equals && args->at >= args->count)
		return usage_error(args, "option --%s needs a value", option->name);
	args->value = NULL;
	if (option->value)
		args->value = equals ? equals + 1 : args->word[args->at++];
	return EXIT_OK;
}

/* Stores an option, whose value is in args->value. */
static int store(struct arguments *args, const struct option_def *option)
{
	if (option->take)
		return option->take(args, option->to);
	if (option->flag)
		*option->flag = true;
	else if (option->text)
		*option->text = args->value;
	else if (!option->value)
		args->help = true;
	else if (!args->value[0])
		return usage_error(args, "option --%s needs the name of a directory", option->name);
	else
		args->sysroot = args->value;
	return EXIT_OK;
}

/* Reads one option, which is the next word. */
static int read_option(struct arguments *args, const struct option_def *table)
{
	const char *word = args->word[args->at++], *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);
	const struct option_def *option = NULL;
	int status;

	if (strcmp(word, "-h") == 0)
		option = option_find(common_options, "help", strlen("help"));
	else if (word[1] == '-')
		option = option_find(table, word + 2, len - 2);
	if (!option)
		return say_unknown(args, table, word, len);
	status = find_value(args, option, equals);
	return status == EXIT_OK ? store(args, option) : status;
}

int options_read(struct arguments *args, const struct option_def *table)
{
	int status = EXIT_OK;

	while (status == EXIT_OK && !args->help && args->at < args->count) {
		if (args->word[args->at][0] != '-')
			break;
		if (strcmp(args->word[args->at], "--") == 0) {
			args->at++;
			break;
		}
		status = read_option(args, table);
	}
	return status;
}

/* Takes an operand, or leaves it at the front of args->word, which begins with @kept operands. */
static int take_operand(struct arguments *args, const struct operand_def *operand, int *kept)
{
	char *word = args->word[args->at++];

	args->value = word;
	if (operand->take)
		return operand->take(args, operand->to);
	if (!operand->name)
		return usage_error(args, "unexpected argument '%s'", word);
	args->word[(*kept)++] = word;
	return EXIT_OK;
}

int arguments_read(struct arguments *args, const struct option_def *table,
		   const struct operand_def *operand)
{
	int status = EXIT_OK, kept = args->at;
	const int first = kept;
	bool only_operands = false;
	const char *word;

	while (status == EXIT_OK && !args->help && args->at < args->count) {
		word = args->word[args->at];
		if (only_operands || word[0] != '-') {
			status = take_operand(args, operand, &kept);
		} else if (strcmp(word, "--") == 0) {
			only_operands = true;
			args->at++;
		} else {
			status = read_option(args, table);
		}
	}
	args->at = first;
	args->count = kept;
	return status;
}

/*
 * Returns @path as an absolute path, since libraries and other programs may run in another
 * directory: itself, or a string that lasts as long as the program; NULL with errno.
 */
static const char *absolute(const char *path)
{
	static char real[PATH_MAX];

	return path[0] == '/' ? path : realpath(path, real);
}

int sysroot_find(const struct arguments *args, const char **sysroot)
{
	*sysroot = "";
	if (!args->sysroot)
		return EXIT_OK;
	if (!is_directory(args->sysroot)) {
		message_error("--sysroot %s: there is no such directory", args->sysroot);
		return EXIT_FAILED;
	}
	*sysroot = absolute(args->sysroot);
	if (*sysroot)
		return EXIT_OK;
	message_errno(errno, "--sysroot %s", args->sysroot);
	return EXIT_FAILED;
}
