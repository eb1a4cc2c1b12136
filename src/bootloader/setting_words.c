/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "setting_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/shell_value.h"
#include "../host/sysroot_files.h"

#define SPACES " \t\n"

void setting_words_add(struct string_set *words, char *value)
{
	char *word, *rest;

	for (word = strtok_r(value, SPACES, &rest); word; word = strtok_r(NULL, SPACES, &rest))
		if (!strpbrk(word, "$`\\\"'"))
			string_set_add(words, word);
}

/* Returns true if a value contains the previous value of the setting. */
static bool continues(const char *value, const char *setting)
{
	size_t len = strlen(setting);
	const char *at;

	for (at = strchr(value, '$'); at; at = strchr(at, '$')) {
		at += 1 + (at[1] == '{');
		if (strncmp(at, setting, len) == 0 && !isalnum((unsigned char)at[len]) &&
		    at[len] != '_')
			return true;
	}
	return false;
}

struct string_set setting_words(const char *sysroot, const struct string_set *files,
				const char *setting)
{
	struct string_set words = { 0 };
	char *text, *value;
	size_t i;

	for (i = 0; i < files->count; i++) {
		text = config_text(sysroot, files->name[i]);
		value = text ? shell_value(text, setting) : NULL;
		if (value && !continues(value, setting))
			string_set_free(&words);
		if (value)
			setting_words_add(&words, value);
		free(value);
		free(text);
	}
	return words;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

void setting_files_add(struct string_set *files, const char *sysroot, const char *directory,
		       const char *end, const char *except)
{
	struct string_set names = sysroot_list(sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < names.count; i++) {
		if (!ends_with(names.name[i], end) ||
		    asprintf(&file, "%s/%s", directory, names.name[i]) < 0)
			continue;
		if (!except || strcmp(file, except) != 0)
			string_set_add(files, file);
		free(file);
	}
	string_set_free(&names);
}
