/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limine_setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../setting_words.h"

#define BLANKS " \t\r"
#define NAME   "KERNEL_CMDLINE["

/* A line that sets or adds to a kernel command line. */
struct setting {
	const char *key, *key_end;
	const char *value, *value_end; /* without quotes */
	bool appends;
};

/* Moves @begin and @end inwards past the quotes around the text, if there are some. */
static void unquote(const char **begin, const char **end)
{
	if (*end - *begin >= 2 && (**begin == '"' || **begin == '\'') && (*end)[-1] == **begin) {
		(*begin)++;
		(*end)--;
	}
}

/* Reads the line at @line. Returns false if it is another kind of line. */
static bool read_line(const char *line, struct setting *setting)
{
	const char *end = line + strcspn(line, "\n"), *at;

	line += strspn(line, BLANKS);
	if (strncmp(line, NAME, strlen(NAME)) != 0)
		return false;
	setting->key = line + strlen(NAME);
	setting->key_end = memchr(setting->key, ']', (size_t)(end - setting->key));
	if (!setting->key_end)
		return false;
	at = setting->key_end + 1;
	unquote(&setting->key, &setting->key_end);
	at += strspn(at, BLANKS);
	setting->appends = *at == '+';
	at += setting->appends;
	if (*at != '=')
		return false;
	at++;
	at += strspn(at, BLANKS);
	while (end > at && strchr(BLANKS, end[-1]))
		end--;
	setting->value = at;
	setting->value_end = end;
	unquote(&setting->value, &setting->value_end);
	return true;
}

/* Returns the next such line at or after @text, and what follows it in *@next; false at the end. */
static bool next_setting(const char *text, struct setting *setting, const char **next)
{
	bool found = false;

	while (*text && !found) {
		found = read_line(text, setting);
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	*next = text;
	return found;
}

static bool is_for(const struct setting *setting, const char *key)
{
	size_t len = (size_t)(setting->key_end - setting->key);

	return strlen(key) == len && strncmp(setting->key, key, len) == 0;
}

int limine_setting_keys(const char *text, struct string_set *keys)
{
	struct setting setting;
	int err = 0;
	char *key;

	while (!err && next_setting(text, &setting, &text)) {
		key = strndup(setting.key, (size_t)(setting.key_end - setting.key));
		err = key ? string_set_add(keys, key) : -ENOMEM;
		free(key);
	}
	return err;
}

bool limine_setting_replaces(const char *text, const char *key)
{
	struct setting setting;

	while (next_setting(text, &setting, &text))
		if (is_for(&setting, key) && !setting.appends)
			return true;
	return false;
}

/* Finds the last line for @key. Returns false if there is none. */
static bool find_last(const char *text, const char *key, struct setting *last)
{
	struct setting setting;
	bool found = false;

	while (next_setting(text, &setting, &text)) {
		if (!is_for(&setting, key))
			continue;
		*last = setting;
		found = true;
	}
	return found;
}

char *limine_setting_value(const char *text, const char *key)
{
	struct setting last;

	if (find_last(text, key, &last))
		return strndup(last.value, (size_t)(last.value_end - last.value));
	errno = ENOENT;
	return NULL;
}

int limine_setting_words(const char *text, const char *key, struct string_set *words)
{
	struct setting setting;
	char *value;

	while (next_setting(text, &setting, &text)) {
		if (!is_for(&setting, key))
			continue;
		if (!setting.appends)
			string_set_free(words);
		value = strndup(setting.value, (size_t)(setting.value_end - setting.value));
		if (!value)
			return -ENOMEM;
		setting_words_add(words, value);
		free(value);
	}
	return 0;
}

/* Prints the value with @words. Returns 0, or an errno. */
static int print_value(FILE *out, const struct setting *setting, const char *words)
{
	char *old = strndup(setting->value, (size_t)(setting->value_end - setting->value)), *fresh;
	int err;

	errno = ENOMEM;
	fresh = old ? cmdline_with(old, words) : NULL;
	err = fresh ? 0 : errno;
	if (fresh)
		fputs(fresh, out);
	free(fresh);
	free(old);
	return err;
}

char *limine_setting_with(const char *text, const char *key, const char *words)
{
	const char *copied = text, *next = text;
	struct setting last, setting;
	char *whole = NULL;
	size_t len;
	FILE *out;
	int err = 0;

	if (!find_last(text, key, &last)) {
		errno = ENOENT;
		return NULL;
	}
	out = open_memstream(&whole, &len);
	while (out && !err && next_setting(next, &setting, &next)) {
		if (!is_for(&setting, key))
			continue;
		fwrite(copied, 1, (size_t)(setting.value - copied), out);
		err = print_value(out, &setting, setting.value == last.value ? words : "");
		copied = setting.value_end;
	}
	if (out)
		fputs(copied, out);
	if (out && fclose(out) == 0 && !err)
		return whole;
	free(whole);
	errno = err ? err : ENOMEM;
	return NULL;
}
