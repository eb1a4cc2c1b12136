/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shell_setting.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/shell_value.h"
#include "../boot_config.h"

/* --- a variable of the system's file -----------------------------------------------------------
 */

/* Returns the file's text, or NULL after printing an error. */
static char *read_file(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file);

	if (!text)
		message_error("cannot read %s: %s", file, config_error(errno));
	return text;
}

/* Returns the variable's value, "" if it is not set; NULL after printing an error. */
static char *read_value(const char *file, const char *text, const char *name)
{
	char *value = shell_value(text, name);

	if (!value && errno == ENOENT)
		return strdup("");
	if (!value)
		boot_config_say_trouble(file, text, name);
	return value;
}

char *shell_setting_read(const char *sysroot, const char *file, const char *name)
{
	char *text = read_file(sysroot, file), *value, *ours;

	value = text ? read_value(file, text, name) : NULL;
	ours = value ? cmdline_ours(value) : NULL;
	free(value);
	free(text);
	return ours;
}

/* Returns @text with @words in the variable: a new string, or NULL after printing an error. */
static char *change_text(const char *file, const char *text, const char *name, const char *words)
{
	char *value = read_value(file, text, name), *fresh, *whole = NULL;

	if (!value)
		return NULL;
	fresh = cmdline_with(value, words);
	if (fresh && strcmp(fresh, value) == 0)
		whole = strdup(text);
	else if (!fresh)
		message_error("%s: %s: %s", file, name, config_error(errno));
	else if (!(whole = shell_with_value(text, name, fresh)))
		boot_config_say_trouble(file, text, name);
	free(fresh);
	free(value);
	return whole;
}

int shell_setting_set(struct changes *changes, const char *file, const char *name,
		      const char *words)
{
	char *text = changes_text(changes, file), *fresh;

	if (!text)
		message_error("cannot read %s: %s", file, config_error(errno));
	fresh = text ? change_text(file, text, name, words) : NULL;
	if (fresh)
		changes_file(changes, file, fresh);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

/* --- a drop-in of our own ----------------------------------------------------------------------
 */

/* Returns what follows the variable's former value in a value of our drop-in, "${NAME} WORDS". */
static const char *appended(const char *value, const char *name)
{
	size_t len = strlen(name);

	if (strncmp(value, "${", 2) == 0 && strncmp(value + 2, name, len) == 0 &&
	    strncmp(value + 2 + len, "} ", 2) == 0)
		return value + 2 + len + 2;
	return value;
}

char *shell_drop_in_read(const char *sysroot, const char *file, const char *name)
{
	char *text = config_text(sysroot, file), *value, *words;

	if (!text && errno == ENOENT)
		return strdup("");
	if (!text)
		message_error("cannot read %s: %s", file, config_error(errno));
	value = text ? read_value(file, text, name) : NULL;
	words = value ? strdup(appended(value, name)) : NULL;
	free(value);
	free(text);
	return words;
}

int shell_drop_in_set(struct changes *changes, const char *file, const char *name,
		      const char *initial, const char *words)
{
	char *text = NULL, *first = NULL;
	int len = 0;

	if (initial)
		len = asprintf(&first, ": \"${%s:=%s}\"\n", name, initial);
	if (len >= 0 && words[0])
		len = asprintf(&text, DROP_IN_HEAD "%s%s=\"${%s} %s\"\n", first ? first : "", name,
			       name, words);
	if (len >= 0)
		changes_file(changes, file, text);
	else
		message_errno(ENOMEM, "%s", file);
	if (len >= 0)
		free(text);
	if (initial)
		free(first);
	return len < 0 ? -1 : 0;
}
