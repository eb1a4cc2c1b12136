/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_menu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/claim_words.h"
#include "boot_menu.h"
#include "grub_script.h"

#define ID_VARIABLE "$menuentry_id_option"
#define BEGIN       "### BEGIN vfio-claim try ###"
#define END         "### END vfio-claim try ###"

/* One of the menu's lines: an entry or a submenu. */
struct line {
	struct grub_cursor first; /* just behind the word menuentry */
	char *title, *id;
	size_t above; /* the number of the submenu that it is in, plus 1; 0 for none */
	bool submenu, kernel, foreign;
};

struct menu {
	struct line *line;
	size_t count;
};

static void menu_free(struct menu *menu)
{
	while (menu->count) {
		menu->count--;
		free(menu->line[menu->count].title);
		free(menu->line[menu->count].id);
	}
	free(menu->line);
}

/* --- reading a menu ----------------------------------------------------------------------------
 */

/* Whether the word that was just taken says that the next one is the id. */
static bool is_id_option(const struct grub_cursor *cursor)
{
	return grub_word_is(cursor, "--id") || grub_word_is(cursor, ID_VARIABLE);
}

/* Whether it says that another one belongs to it. */
static bool takes_value(const struct grub_cursor *cursor)
{
	static const char *const options[] = { "--class", "--users", "--hotkey", "--source" };
	size_t i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (grub_word_is(cursor, options[i]))
			return true;
	return is_id_option(cursor);
}

/* Reads title and id, to behind the '{'. Gives 1, 0 when it is no line of a menu, or -ENOMEM. */
static int read_head(struct line *line, struct grub_cursor *cursor)
{
	enum grub_token token;
	char **where;

	while ((token = grub_next(cursor)) == GRUB_WORD) {
		where = line->title ? NULL : &line->title;
		if (takes_value(cursor)) {
			where = is_id_option(cursor) && !line->id ? &line->id : NULL;
			if (grub_next(cursor) != GRUB_WORD)
				return 0;
		} else if (*cursor->begin == '-') {
			continue;
		}
		if (where && !(*where = grub_word(cursor)))
			return -ENOMEM;
	}
	return token == GRUB_OPEN && line->title;
}

/* Whether the word that was just taken is a command that loads a kernel. */
static bool loads_kernel(const struct grub_cursor *cursor)
{
	return grub_word_is(cursor, "linux") || grub_word_is(cursor, "linux16") ||
	       grub_word_is(cursor, "linuxefi");
}

/* What the words in front of a command are that is not the first of its line. */
static bool is_keyword(const struct grub_cursor *cursor)
{
	return grub_word_is(cursor, "then") || grub_word_is(cursor, "else") ||
	       grub_word_is(cursor, "do");
}

/* Whether a block, behind its '{', loads a kernel. */
static bool has_kernel(struct grub_cursor cursor)
{
	const char *end = cursor.at;
	struct grub_cursor block = cursor;
	bool begins = true;
	enum grub_token token;

	if (!grub_skip_block(&block))
		return false;
	end = block.begin;
	while ((token = grub_next(&cursor)) != GRUB_END && cursor.begin < end) {
		if (begins && token == GRUB_WORD && loads_kernel(&cursor))
			return true;
		begins = token != GRUB_WORD || is_keyword(&cursor);
	}
	return false;
}

/* Whether @at is where 30_os-prober has written about other systems. */
static bool is_foreign(const char *text, const char *at)
{
	const char *begin = strstr(text, "\n### BEGIN /etc/grub.d/30_os-prober");
	const char *end = begin ? strstr(begin, "\n### END /etc/grub.d/30_os-prober") : NULL;

	return begin && at > begin && (!end || at < end);
}

/* Reads a line of the menu whose first word was just taken. Gives as read_head(). */
static int read_line(struct menu *menu, struct grub_cursor *cursor, const char *text, size_t above)
{
	struct line line = { .above = above, .submenu = grub_word_is(cursor, "submenu") };
	int result;

	line.foreign = is_foreign(text, cursor->begin);
	line.first = *cursor;
	result = read_head(&line, cursor);
	line.kernel = result == 1 && !line.submenu && has_kernel(*cursor);
	if (result == 1 && array_add(&menu->line, &menu->count, &line, sizeof(line)) == 0)
		return 1;
	free(line.title);
	free(line.id);
	return result == 1 ? -ENOMEM : result;
}

/* Reads to the end of a block, or of the text. Gives 0 or -ENOMEM. */
static int read_block(struct menu *menu, struct grub_cursor *cursor, const char *text, size_t above)
{
	enum grub_token token;
	bool begins = true;
	int result = 0;

	while (result >= 0 && (token = grub_next(cursor)) != GRUB_END && token != GRUB_CLOSE) {
		result = 0;
		if (begins && token == GRUB_WORD &&
		    (grub_word_is(cursor, "menuentry") || grub_word_is(cursor, "submenu")))
			result = read_line(menu, cursor, text, above);
		begins = token == GRUB_BREAK || (token == GRUB_WORD && is_keyword(cursor));
		if (result == 1 && menu->line[menu->count - 1].submenu)
			result = read_block(menu, cursor, text, menu->count);
		else if (result == 1 || token == GRUB_OPEN)
			grub_skip_block(cursor);
		if (result == 1)
			result = 0;
	}
	return result;
}

/* --- which entry -------------------------------------------------------------------------------
 */

char *grub_variable(const char *environment, const char *name)
{
	size_t len = strlen(name);
	const char *line = environment;

	while (line && *line) {
		if (strncmp(line, name, len) == 0 && line[len] == '=')
			return strndup(line + len + 1, strcspn(line + len + 1, "\n"));
		line = strchr(line, '\n');
		line += line ? 1 : 0;
	}
	return NULL;
}

/* Whether a value is what the variable @name has. */
static bool is_variable(const char *value, const char *name)
{
	size_t len = strlen(name);

	if (*value++ != '$')
		return false;
	value += *value == '{';
	return strncmp(value, name, len) == 0 && (!value[len] || strcmp(value + len, "}") == 0);
}

/* What the command whose first word was just taken gives the variable @name, or NULL. */
static char *read_setting(struct grub_cursor cursor, const char *name)
{
	size_t len = strlen(name);

	if (grub_word_is(&cursor, "set") && grub_next(&cursor) != GRUB_WORD)
		return NULL;
	if (strncmp(cursor.begin, name, len) != 0 || cursor.begin[len] != '=')
		return NULL;
	cursor.begin += len + 1;
	return grub_word(&cursor);
}

/* The same for the default. What is for one boot is none. */
static char *read_default(struct grub_cursor cursor)
{
	char *value = read_setting(cursor, "default");

	if (!value || !is_variable(value, "next_entry"))
		return value;
	free(value);
	return NULL;
}

/*
 * What is left in the variable when the menu is shown. What stands in no condition always counts,
 * and the last such counts most (a person's, in custom.cfg or 40_custom); of those in conditions
 * the first, since others are for boots that have failed (Fedora).
 */
static char *find_default(const char *menu)
{
	struct grub_cursor cursor = { .at = menu };
	char *value = NULL, *found;
	enum grub_token token;
	bool begins = true;
	size_t depth = 0;

	for (; (token = grub_next(&cursor)) != GRUB_END;
	     begins = token == GRUB_BREAK || (token == GRUB_WORD && is_keyword(&cursor))) {
		if (token == GRUB_OPEN)
			grub_skip_block(&cursor);
		if (token != GRUB_WORD || !begins)
			continue;
		depth += grub_word_is(&cursor, "if");
		depth -= depth && grub_word_is(&cursor, "fi");
		found = read_default(cursor);
		if (found && value && depth) {
			free(found);
		} else if (found) {
			free(value);
			value = found;
		}
	}
	return value;
}

char *grub_menu_default(const char *menu, const char *environment)
{
	char *value = find_default(menu);

	if (!value || !is_variable(value, "saved_entry"))
		return value;
	free(value);
	return grub_variable(environment, "saved_entry");
}

char *grub_menu_setting(const char *menu, const char *name)
{
	struct grub_cursor cursor = { .at = menu };
	enum grub_token token;
	bool begins = true;
	char *value = NULL;

	while (!value && (token = grub_next(&cursor)) != GRUB_END) {
		if (begins && token == GRUB_WORD)
			value = read_setting(cursor, name);
		begins = token == GRUB_BREAK || (token == GRUB_WORD && is_keyword(&cursor));
	}
	return value;
}

/* How much of a path is its first part: up to a '>', of which two stand for one in a name. */
static size_t part_length(const char *path)
{
	size_t len = 0;

	while (path[len] && (path[len] != '>' || path[len + 1] == '>'))
		len += path[len] == '>' ? 2 : 1;
	return len;
}

/* Whether the @len bytes of @part, from a path, are @name (normal/menu.c, menuentry_eq()). */
static bool is_name(const char *name, const char *part, size_t len)
{
	const char *end = part + len;

	while (part < end && *name && *name == *part) {
		part += *part == '>' ? 2 : 1;
		name++;
	}
	return part == end && !*name;
}

/* The line below @above that the @len bytes of @name stand for, plus 1, or 0. */
static size_t find_line(const struct menu *menu, size_t above, const char *name, size_t len)
{
	char *end;
	unsigned long number = strtoul(name, &end, 10);
	bool numbered = len && end == name + len;
	const struct line *line;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		line = &menu->line[i];
		if (line->above != above)
			continue;
		if (numbered && number-- == 0)
			return i + 1;
		if (is_name(line->title, name, len) || (line->id && is_name(line->id, name, len)))
			return i + 1;
	}
	return 0;
}

/*
 * Follows "submenu>entry", where a submenu alone stands for its first entry, and so does what is
 * not there.
 */
static const struct line *follow(const struct menu *menu, const char *path)
{
	size_t at = 0, above, len;

	for (;;) {
		len = part_length(path);
		above = at;
		at = find_line(menu, above, path, len);
		if (!at)
			at = find_line(menu, above, "0", 1);
		if (!at || !menu->line[at - 1].submenu)
			break;
		path = path[len] ? path + len + 1 : "0";
	}
	return at ? &menu->line[at - 1] : NULL;
}

ssize_t grub_menu_place(const char *menu, const char *name)
{
	struct grub_cursor cursor = { .at = menu };
	const struct line *line = NULL;
	struct menu all = { 0 };
	ssize_t place = -1;

	if (read_block(&all, &cursor, menu, 0) == 0)
		line = follow(&all, name && name[0] ? name : "0");
	if (line && !line->submenu)
		place = line->first.at - menu;
	menu_free(&all);
	return place;
}

static const struct line *choose(const struct menu *menu, const char *path)
{
	const struct line *line = follow(menu, path ? path : "0");
	size_t i;

	if (line && line->kernel && !line->foreign)
		return line;
	for (i = 0; i < menu->count; i++)
		if (menu->line[i].kernel && !menu->line[i].foreign)
			return &menu->line[i];
	return NULL;
}

/* --- the copy ----------------------------------------------------------------------------------
 */

/* The copy under construction: what has been taken over ends at @taken. */
struct copy {
	FILE *out;
	const char *taken;
};

/* Takes all up to @end over, and goes on behind @skipped. */
static void take(struct copy *copy, const char *end, const char *skipped)
{
	fwrite(copy->taken, 1, (size_t)(end - copy->taken), copy->out);
	copy->taken = skipped;
}

/* The same, without the blanks in front of @end. */
static void take_trimmed(struct copy *copy, const char *end, const char *skipped)
{
	while (end > copy->taken && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	take(copy, end, skipped);
}

/* In single quotes; inside them none can be hidden. */
static void print_quoted(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", out);
		else
			fputc(*text, out);
	}
}

/* Up to and with the '{', and a command. */
static void copy_head(struct copy *copy, const struct line *line, struct grub_cursor *cursor)
{
	const char *begin;
	bool titled = false, id;

	copy->taken = cursor->begin;
	while (grub_next(cursor) == GRUB_WORD) {
		begin = cursor->begin;
		id = is_id_option(cursor);
		if (takes_value(cursor)) {
			grub_next(cursor);
			if (id)
				take_trimmed(copy, begin, cursor->at);
		} else if (*begin != '-' && !titled) {
			titled = true;
			take(copy, begin, cursor->at);
			fputc('\'', copy->out);
			print_quoted(copy->out, line->title);
			fputs(GRUB_TRY_TITLE "' --id " MENU_TRY_ID, copy->out);
		}
	}
	take_trimmed(copy, cursor->begin, cursor->at);
	/* As if it were always started by next_entry: see savedefault in 00_header. */
	fputs(" {\n\tset boot_once=true", copy->out);
}

/* A command that loads a kernel. Gives 0 or -ENOMEM. */
static int copy_kernel(struct copy *copy, struct grub_cursor *cursor, const char *words)
{
	char *old, *fresh;
	const char *end;

	if (grub_next(cursor) != GRUB_WORD) {
		cursor->at = cursor->begin;
		return 0;
	}
	end = cursor->at;
	take(copy, end, end);
	while (grub_next(cursor) == GRUB_WORD)
		end = cursor->at;
	cursor->at = end;
	old = strndup(copy->taken, (size_t)(end - copy->taken));
	fresh = old ? cmdline_with(old + strspn(old, " \t"), words) : NULL;
	if (fresh) {
		fprintf(copy->out, " %s", fresh);
		copy->taken = end;
	}
	free(fresh);
	free(old);
	return fresh ? 0 : -ENOMEM;
}

/* What is in the braces, and the second one. Gives 0 or -ENOMEM. */
static int copy_block(struct copy *copy, struct grub_cursor *cursor, const char *words)
{
	enum grub_token token;
	bool begins = true;
	size_t depth = 1;
	int err = 0;

	while (depth && !err && (token = grub_next(cursor)) != GRUB_END) {
		depth += token == GRUB_OPEN;
		depth -= token == GRUB_CLOSE;
		if (begins && token == GRUB_WORD && loads_kernel(cursor))
			err = copy_kernel(copy, cursor, words);
		begins = token != GRUB_WORD || is_keyword(cursor);
	}
	take(copy, cursor->at, cursor->at);
	return err;
}

/* A new string, or NULL without memory. */
static char *copy_line(const struct line *line, const char *words)
{
	struct grub_cursor cursor = line->first;
	struct copy copy = { 0 };
	char *text = NULL;
	size_t size;
	int err;

	copy.out = open_memstream(&text, &size);
	if (!copy.out)
		return NULL;
	copy_head(&copy, line, &cursor);
	err = copy_block(&copy, &cursor, words);
	fputc('\n', copy.out);
	if (fclose(copy.out) == 0 && !err)
		return text;
	free(text);
	return NULL;
}

char *grub_menu_try(const char *menu, const char *environment, const char *words, const char **why)
{
	struct grub_cursor cursor = { .at = menu };
	char *chosen = grub_menu_default(menu, environment), *copy = NULL;
	const struct line *line;
	struct menu all = { 0 };

	*why = NULL;
	if (read_block(&all, &cursor, menu, 0) == 0) {
		line = choose(&all, chosen);
		if (line)
			copy = copy_line(line, words);
		else
			*why = "it has no entry that starts a Linux kernel of this system";
	}
	menu_free(&all);
	free(chosen);
	return copy;
}

/* --- what it takes -----------------------------------------------------------------------------
 */

/* Whether @command comes somewhere in @menu; with a word that has @piece in it, unless NULL. */
static bool does(const char *menu, const char *command, const char *piece)
{
	struct grub_cursor cursor = { .at = menu };
	enum grub_token token;
	bool found = false;
	char *word;

	while (!found && (token = grub_next(&cursor)) != GRUB_END) {
		if (token != GRUB_WORD || !grub_word_is(&cursor, command))
			continue;
		if (!piece)
			return true;
		word = grub_next(&cursor) == GRUB_WORD ? grub_word(&cursor) : NULL;
		found = word && strstr(word, piece);
		free(word);
	}
	return found;
}

bool grub_menu_reads_custom(const char *menu)
{
	return does(menu, "source", "/custom.cfg");
}

bool grub_menu_knows_next(const char *menu)
{
	return does(menu, "save_env", "next_entry");
}

bool grub_menu_reads_entries(const char *menu)
{
	return does(menu, "blscfg", NULL);
}

/* --- custom.cfg --------------------------------------------------------------------------------
 */

/* Where the line @line begins in @text, or NULL. */
static const char *find_mark(const char *text, const char *line)
{
	const char *at = text;

	while ((at = strstr(at, line))) {
		if (at == text || at[-1] == '\n')
			return at;
		at++;
	}
	return NULL;
}

char *grub_custom_with(const char *custom, const char *entry)
{
	const char *text = custom ? custom : "", *begin = find_mark(text, BEGIN), *end;
	const char *lacks_newline;
	char *fresh;
	int len;

	end = begin ? find_mark(begin, END) : text + strlen(text);
	if (!end) {
		errno = EINVAL;
		return NULL;
	}
	if (begin) {
		end += strcspn(end, "\n");
		end += *end == '\n';
	} else {
		begin = end;
	}
	if (!entry)
		len = asprintf(&fresh, "%.*s%s", (int)(begin - text), text, end);
	else {
		lacks_newline = begin > text && begin[-1] != '\n' ? "\n" : "";
		len = asprintf(&fresh,
			       "%.*s%s" BEGIN "\n# Made by vfio-claim try, for one boot; "
			       "'vfio-claim disable' removes it.\n%s" END "\n%s",
			       (int)(begin - text), text, lacks_newline, entry, end);
	}
	return len < 0 ? NULL : fresh;
}
