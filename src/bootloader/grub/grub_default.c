/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_default.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grub_menu.h"
#include "grub_script.h"
#include "grubenv.h"

/* Returns true if a value is a reference to the variable @name. */
static bool is_variable(const char *value, const char *name)
{
	size_t len = strlen(name);

	if (*value++ != '$')
		return false;
	value += *value == '{';
	return strncmp(value, name, len) == 0 && (!value[len] || strcmp(value + len, "}") == 0);
}

/* Returns the value to which the command whose first word was just taken sets @name, or NULL. */
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

/* The same for the default; a default for a single boot does not count. */
static char *read_default(struct grub_cursor cursor)
{
	char *value = read_setting(cursor, "default");

	if (!value || !is_variable(value, "next_entry"))
		return value;
	free(value);
	return NULL;
}

/*
 * Returns the variable's value when the menu is shown. The last unconditional setting counts (the
 * user's, in custom.cfg or 40_custom), or else the first conditional one, since others are for
 * failed boots (Fedora).
 */
static char *find_default(const char *text)
{
	struct grub_cursor cursor = { .at = text };
	char *value = NULL, *found;
	enum grub_token token;
	size_t depth = 0;

	while ((token = grub_next(&cursor)) != GRUB_END) {
		if (token == GRUB_OPEN)
			grub_skip_block(&cursor);
		if (!cursor.first)
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

/* Returns @value, which it frees, with the saved entry for a reference to it at the beginning. */
static char *with_saved(char *value, const char *environment)
{
	static const char reference[] = "${saved_entry}";
	char *saved, *whole;

	if (!value || strncmp(value, reference, strlen(reference)) != 0)
		return value;
	saved = grubenv_value(environment, "saved_entry");
	if (asprintf(&whole, "%s%s", saved ? saved : "", value + strlen(reference)) < 0)
		whole = NULL;
	free(saved);
	free(value);
	return whole;
}

/*
 * Returns the entry that is the default if boots have failed (grub.d/42_vfio-claim,
 * fallback/fallback_blscfg.c), or NULL.
 */
static char *read_fallback(const char *text, const char *environment)
{
	char *left = grubenv_value(environment, "vfio_claim_left");
	bool none = left && strcmp(left, "0") == 0;

	free(left);
	return none ? with_saved(grub_default_setting(text, "vfio_claim_off"), environment) : NULL;
}

char *grub_default_name(const char *text, const char *environment, bool once)
{
	char *value = once && environment && grub_menu_knows_next(text)
			      ? grubenv_value(environment, "next_entry")
			      : NULL;

	if (value && value[0])
		return value;
	free(value);
	value = once && environment ? read_fallback(text, environment) : NULL;
	if (value)
		return value;
	value = find_default(text);
	if (!value || !is_variable(value, "saved_entry"))
		return value;
	free(value);
	return environment ? grubenv_value(environment, "saved_entry") : NULL;
}

char *grub_default_setting(const char *text, const char *name)
{
	struct grub_cursor cursor = { .at = text };
	char *value = NULL;

	while (!value && grub_next(&cursor) != GRUB_END)
		if (cursor.first)
			value = read_setting(cursor, name);
	return value;
}
