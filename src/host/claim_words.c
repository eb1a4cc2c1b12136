/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "claim_words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/params.h"
#include "../core/requests.h"
#include "../core/text.h"
#include "shell_value.h"

#define SPACES " \t\n\v\f\r\xa0"
#define OURS   "rd.vfio"

/* --- lists of selectors ------------------------------------------------------------------------
 */

static bool list_has(const char *list, const char *item)
{
	size_t len = strlen(item);

	for (; list && *list; list += strcspn(list, ","), list += *list == ',')
		if (strcspn(list, ",") == len && strncmp(list, item, len) == 0)
			return true;
	return false;
}

/* Appends @item to *@list, with @separator between them. Returns 0 or -ENOMEM. */
static int append(char **list, const char *separator, const char *item)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list ? *list : "", *list ? separator : "", item) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}

int wishes_add(char **list, const char *more)
{
	char *copy = strdup(more), *cursor = copy, *item;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (item = param_item(&cursor, ",")))
		if (!list_has(*list, item))
			err = append(list, ",", item);
	free(copy);
	return err;
}

/* Returns the length of the SLOT that "SLOT:N" begins with. */
static size_t length_of_place(const char *item)
{
	const char *colon = strrchr(item, ':');

	return colon ? (size_t)(colon - item) : strlen(item);
}

/* Removes those of the same SLOT as @item. Returns 0 or -ENOMEM. */
static int drop_place(char **list, const char *item)
{
	char *old = *list, *cursor = old, *kept;
	size_t place = length_of_place(item);
	int err = 0;

	*list = NULL;
	while (old && !err && (kept = param_item(&cursor, ",")))
		if (length_of_place(kept) != place || strncmp(kept, item, place) != 0)
			err = append(list, ",", kept);
	free(old);
	return err;
}

int wishes_add_vfs(char **list, const char *more)
{
	char *copy = strdup(more), *cursor = copy, *item;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (item = param_item(&cursor, ","))) {
		err = drop_place(list, item);
		if (!err)
			err = append(list, ",", item);
	}
	free(copy);
	return err;
}

/* --- words -------------------------------------------------------------------------------------
 */

/* A word on a command line, including quotes. */
struct word {
	const char *at;
	size_t len;
};

/* Takes the next word off *@cursor. Returns false at the end; a bare "--" is an ordinary word. */
static bool next_word(const char **cursor, struct word *word)
{
	const char *c = *cursor + strspn(*cursor, SPACES);
	bool in_quote = false;

	word->at = c;
	for (; *c && (in_quote || !strchr(SPACES, *c)); c++)
		if (*c == '"')
			in_quote = !in_quote;
	word->len = (size_t)(c - word->at);
	*cursor = c;
	return word->len;
}

static bool is_end(const struct word *word)
{
	return word->len == 2 && strncmp(word->at, "--", 2) == 0;
}

/* Returns true if @words has @word before a bare "--". */
static bool words_have(const char *words, const struct word *word)
{
	struct word each;

	while (next_word(&words, &each) && !is_end(&each))
		if (each.len == word->len && strncmp(each.at, word->at, word->len) == 0)
			return true;
	return false;
}

/* Words of other programs' parameters that vfio-claim has set, see cmdline_adopt(); or NULL. */
static char *adopted;

static bool is_adopted(const struct word *word)
{
	return adopted && words_have(adopted, word);
}

/* Returns true if it is rd.vfio or begins with "rd.vfio."; "rd.vfiox" is not ours. */
static bool is_rd_vfio(const struct word *word)
{
	const char *name = word->at + (word->at[0] == '"');
	size_t len = strlen(OURS);

	return (size_t)(word->at + word->len - name) >= len && strncmp(name, OURS, len) == 0 &&
	       (name[len] == '.' || name[len] == '=' || name + len == word->at + word->len);
}

static bool is_ours(const struct word *word)
{
	return is_rd_vfio(word) || is_adopted(word);
}

static void put(FILE *out, const struct word *word)
{
	fprintf(out, "%s%.*s", ftell(out) > 0 ? " " : "", (int)word->len, word->at);
}

/* Opens a stream whose contents close_text() returns as the string *@text. */
static FILE *open_text(char **text, size_t *len)
{
	*text = NULL;
	return open_memstream(text, len);
}

/* Returns the string, or NULL if out of memory. */
static char *close_text(FILE *out, char **text)
{
	if (out && fclose(out) == 0)
		return *text;
	free(*text);
	return NULL;
}

/*
 * Returns those of @words to add to @cmdline: ours, and others that it lacks. NULL if out of
 * memory.
 */
static char *new_words(const char *words, const char *cmdline)
{
	struct word word;
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	while (out && next_word(&words, &word))
		if (is_ours(&word) || !words_have(cmdline, &word))
			put(out, &word);
	return close_text(out, &text);
}

/* Returns true if @cmdline has all @words, and no others of ours. */
static bool is_so(const char *cmdline, const char *words)
{
	struct word word;

	if (!cmdline_has(cmdline, words))
		return false;
	while (next_word(&cmdline, &word) && !is_end(&word))
		if (is_ours(&word) && !words_have(words, &word))
			return false;
	return true;
}

/* A command line being rewritten: what has not been copied yet begins at @rest. */
struct rewrite {
	FILE *out;
	const char *rest;
	struct word margin; /* the blanks before the first word */
	bool begun;         /* a word has been printed */
};

static void take_blanks(struct rewrite *rewrite)
{
	rewrite->margin = (struct word){ rewrite->rest, strspn(rewrite->rest, SPACES) };
	rewrite->rest += rewrite->margin.len;
}

/* Drops a word of ours, with the blanks before it or, for the first word, after it. */
static void drop(struct rewrite *rewrite, const struct word *word)
{
	rewrite->rest = word->at + word->len;
	if (!rewrite->begun)
		rewrite->rest += strspn(rewrite->rest, SPACES);
}

static void keep(struct rewrite *rewrite, const struct word *word)
{
	const char *end = word->at + word->len;

	if (!rewrite->begun)
		fprintf(rewrite->out, "%.*s", (int)rewrite->margin.len, rewrite->margin.at);
	fwrite(rewrite->rest, 1, (size_t)(end - rewrite->rest), rewrite->out);
	rewrite->rest = end;
	rewrite->begun = true;
}

/* Adds @words, and the rest after them. */
static void finish(struct rewrite *rewrite, const char *words)
{
	bool meets = *rewrite->rest && !strchr(SPACES, *rewrite->rest);

	if (!rewrite->begun)
		fprintf(rewrite->out, "%.*s%s", (int)rewrite->margin.len, rewrite->margin.at,
			words);
	else if (words[0])
		fprintf(rewrite->out, " %s", words);
	fprintf(rewrite->out, "%s%s", words[0] && meets ? " " : "", rewrite->rest);
}

/* Returns true if a quote is not closed: an added word would be part of another. */
static bool is_open(const char *cmdline)
{
	bool open = false;

	for (; *cmdline; cmdline++)
		open ^= *cmdline == '"';
	return open;
}

char *cmdline_with(const char *cmdline, const char *words)
{
	struct rewrite rewrite = { .rest = cmdline };
	char *text, *fresh;
	struct word word;
	size_t len;

	if (is_so(cmdline, words))
		return strdup(cmdline);
	if (is_open(cmdline)) {
		errno = EBADMSG;
		return NULL;
	}
	fresh = new_words(words, cmdline);
	rewrite.out = fresh ? open_text(&text, &len) : NULL;
	if (rewrite.out) {
		take_blanks(&rewrite);
		while (next_word(&cmdline, &word) && !is_end(&word)) {
			if (is_ours(&word))
				drop(&rewrite, &word);
			else
				keep(&rewrite, &word);
		}
		finish(&rewrite, fresh);
	}
	free(fresh);
	return rewrite.out ? close_text(rewrite.out, &text) : NULL;
}

/* Returns true if @cmdline has a bare "--". */
static bool has_end(const char *cmdline)
{
	struct word word;

	while (next_word(&cmdline, &word))
		if (is_end(&word))
			return true;
	return false;
}

char *cmdline_line_with(const char *line, const char *words, bool *ended)
{
	*ended |= has_end(line);
	if (!is_open(line))
		return cmdline_with(line, words);
	errno = EBADMSG;
	return NULL;
}

char *cmdline_unsafe_word(const char *words)
{
	struct word word;

	while (next_word(&words, &word))
		if (strspn(word.at, SHELL_PLAIN) < word.len)
			return strndup(word.at, word.len);
	return NULL;
}

char *cmdline_without(const char *cmdline, const char *words)
{
	struct word word;
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	while (out && next_word(&cmdline, &word))
		if (!words_have(words, &word))
			put(out, &word);
	return close_text(out, &text);
}

/* Returns a word up to its "=", without a quote in front of it. */
static struct word name_of(const struct word *word)
{
	const char *equals = memchr(word->at, '=', word->len);
	bool quoted = word->at[0] == '"';

	return (struct word){ word->at + quoted,
			      (equals ? (size_t)(equals - word->at) : word->len) - quoted };
}

static bool words_have_name(const char *words, const struct word *name)
{
	struct word each, its;

	while (next_word(&words, &each)) {
		its = name_of(&each);
		if (its.len == name->len && strncmp(its.at, name->at, name->len) == 0)
			return true;
	}
	return false;
}

char *cmdline_without_names(const char *cmdline, const char *names)
{
	struct word word, name;
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	while (out && next_word(&cmdline, &word)) {
		name = name_of(&word);
		if (!words_have_name(names, &name))
			put(out, &word);
	}
	return close_text(out, &text);
}

char *cmdline_names_without(const char *cmdline, const char *words)
{
	struct word word;
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	while (out && next_word(&cmdline, &word)) {
		word = name_of(&word);
		if (!words_have_name(words, &word))
			put(out, &word);
	}
	return close_text(out, &text);
}

static bool is_ours_or_iommus(const struct word *word)
{
	return is_ours(word) || strncmp(word->at, "intel_iommu=", strlen("intel_iommu=")) == 0 ||
	       strncmp(word->at, "iommu=", strlen("iommu=")) == 0;
}

/* Returns the words that @is_wanted accepts. */
static char *pick(const char *cmdline, bool (*is_wanted)(const struct word *word))
{
	struct word word;
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	while (out && next_word(&cmdline, &word) && !is_end(&word))
		if (is_wanted(&word))
			put(out, &word);
	return close_text(out, &text);
}

char *cmdline_ours(const char *cmdline)
{
	return pick(cmdline, is_ours);
}

/* Returns true for "MODULE.PARAMETER=VALUE", but not for ours. */
static bool is_module_option(const struct word *word)
{
	struct word name = name_of(word);

	return !is_rd_vfio(word) && memchr(name.at, '.', name.len) && name.len < word->len;
}

char *cmdline_module_options(const char *words)
{
	return pick(words, is_module_option);
}

char *cmdline_adopted(const char *cmdline)
{
	return pick(cmdline, is_adopted);
}

int cmdline_adopt_all(const char *words)
{
	return words[0] ? append(&adopted, " ", words) : 0;
}

int cmdline_adopt(const char *words)
{
	char *options = cmdline_module_options(words);
	int err = options ? 0 : -ENOMEM;

	if (options && options[0])
		err = append(&adopted, " ", options);
	free(options);
	return err;
}

char *cmdline_tried(const char *cmdline)
{
	return pick(cmdline, is_ours_or_iommus);
}

bool cmdline_has(const char *cmdline, const char *words)
{
	struct word word;

	while (next_word(&words, &word))
		if (!words_have(cmdline, &word))
			return false;
	return true;
}

char *cmdline_value(const char *cmdline, const char *name)
{
	char *copy = strdup(cmdline), *cursor = copy, *value = NULL;
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		if (!param_named(&param, name) || !param.value)
			continue;
		free(value);
		value = strdup(param.value);
	}
	free(copy);
	return value;
}

/* The parameters that request devices. */
static const char *const REQUESTS[] = { "rd.vfio.claim", "rd.vfio.vfs" };

static bool has_value(const char *cmdline, const char *name)
{
	char *value = cmdline_value(cmdline, name);
	bool has = value;

	free(value);
	return has;
}

const char *cmdline_same_request(const char *cmdline, const char *words)
{
	size_t i;

	for (i = 0; i < sizeof(REQUESTS) / sizeof(*REQUESTS); i++)
		if (has_value(cmdline, REQUESTS[i]) && has_value(words, REQUESTS[i]))
			return REQUESTS[i];
	return NULL;
}

bool cmdline_requests(const char *cmdline)
{
	return cmdline_same_request(cmdline, cmdline);
}

/* --- wishes ------------------------------------------------------------------------------------
 */

/* Takes one parameter of ours; @key: its name without "rd.vfio.". */
static int read_wish(struct wishes *wishes, const char *key, const char *value)
{
	char *word;
	int err;

	if (strcmp(key, "claim") == 0)
		return wishes_add(&wishes->claims, value);
	if (strcmp(key, "keep") == 0)
		return wishes_add(&wishes->keeps, value);
	if (strcmp(key, "force") == 0)
		return wishes_add(&wishes->force, value);
	if (strcmp(key, "vfs") == 0)
		return wishes_add(&wishes->vfs, value);
	if (strcmp(key, "group") == 0 || strcmp(key, "strict") == 0) {
		err = requests_switch(value);
		if (err >= 0)
			*(key[0] == 'g' ? &wishes->group : &wishes->strict) = err;
		return 0;
	}
	if (asprintf(&word, OURS ".%s=%s", key, value) < 0)
		return -ENOMEM;
	err = append(&wishes->others, " ", word);
	free(word);
	return err;
}

int wishes_read(struct wishes *wishes, const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy;
	struct param param;
	const char *key;
	int err = copy ? 0 : -ENOMEM;

	while (!err && param_next(&cursor, &param)) {
		key = param.name;
		if (text_skip(&key, OURS ".") && param.value)
			err = read_wish(wishes, key, param.value);
	}
	free(copy);
	return err;
}

int wishes_read_conf(struct wishes *wishes, const char *conf)
{
	char *copy = strdup(conf), *cursor = copy, *line, *key, *value;
	int err = copy ? 0 : -ENOMEM;

	while (!err && (line = param_item(&cursor, "\n"))) {
		key = param_item(&line, "=");
		value = param_item(&line, "");
		if (key && value && key[0] != '#')
			err = read_wish(wishes, key, value);
	}
	free(copy);
	return err;
}

void wishes_free(struct wishes *wishes)
{
	free(wishes->claims);
	free(wishes->keeps);
	free(wishes->force);
	free(wishes->vfs);
	free(wishes->others);
	*wishes = (struct wishes){ 0 };
}

/* Prints each wish; @format takes a key and its value. */
static void print_wishes(FILE *out, const struct wishes *wishes, const char *format)
{
	if (wishes->claims)
		fprintf(out, format, "claim", wishes->claims);
	if (wishes->keeps)
		fprintf(out, format, "keep", wishes->keeps);
	if (wishes->force)
		fprintf(out, format, "force", wishes->force);
	if (wishes->vfs)
		fprintf(out, format, "vfs", wishes->vfs);
	if (wishes->group)
		fprintf(out, format, "group", "1");
	if (wishes->strict)
		fprintf(out, format, "strict", "1");
}

char *wishes_words(const struct wishes *wishes)
{
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	if (out)
		print_wishes(out, wishes, " " OURS ".%s=%s");
	if (out && wishes->others)
		fprintf(out, " %s", wishes->others);
	if (!close_text(out, &text))
		return NULL;
	memmove(text, text + (text[0] == ' '), len + (text[0] != ' '));
	return text;
}

char *wishes_conf(const struct wishes *wishes)
{
	char *text;
	size_t len;
	FILE *out = open_text(&text, &len);

	if (out)
		print_wishes(out, wishes, "%s = %s\n");
	return close_text(out, &text);
}
