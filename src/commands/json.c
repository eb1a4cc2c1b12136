/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/compat.h"

#include "../host/messages.h"
#include "command.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* The real standard output while it is sent elsewhere; -1: it is not. */
static int kept_output = -1;

void json_begin(void)
{
	fflush(stdout);
	setvbuf(stdout, NULL, _IOLBF, 0);
	kept_output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (kept_output >= 0)
		dup2(STDERR_FILENO, STDOUT_FILENO);
}

/* Puts standard output back. That messages could not be written does not count against it. */
static void end(void)
{
	if (kept_output < 0)
		return;
	fflush(stdout);
	clearerr(stdout);
	dup2(kept_output, STDOUT_FILENO);
	close(kept_output);
	kept_output = -1;
}

/* Returns the length of the UTF-8 character at @c, or 0 if it is invalid (RFC 3629, section 4). */
static size_t letter_length(const unsigned char *c)
{
	size_t len, i;

	if (c[0] < 0x80)
		return 1;
	len = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4)
		return 0;
	for (i = 1; i < len; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return len;
}

struct json_object *json_text(const char *text)
{
	struct json_object *string;
	char *clean, *to;
	size_t len;

	if (!text)
		return NULL;
	clean = to = malloc(strlen(text) * strlen(REPLACEMENT) + 1);
	if (!clean)
		return NULL;
	for (; *text; text += len ? len : 1) {
		len = letter_length((const unsigned char *)text);
		to = len ? mempcpy(to, text, len) : stpcpy(to, REPLACEMENT);
	}
	*to = '\0';
	string = json_object_new_string(clean);
	free(clean);
	return string;
}

struct json_object *json_strings(const struct string_set *names)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	for (i = 0; i < names->count; i++)
		json_append(list, json_text(names->name[i]));
	return list;
}

void json_append(struct json_object *list, struct json_object *object)
{
	json_object_array_add(list, object);
}

struct json_object *json_setting(const char *param, const char *value)
{
	struct json_object *setting = json_object_new_object();

	json_object_object_add(setting, "param", json_text(param));
	json_object_object_add(setting, "value", json_text(value));
	return setting;
}

int json_print(struct json_object *document)
{
	const char *text = json_object_to_json_string_ext(
		document, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE);
	int status = EXIT_OK;

	end();
	if (text) {
		puts(text);
	} else {
		message_errno(ENOMEM, "cannot write JSON");
		status = EXIT_FAILED;
	}
	json_object_put(document);
	return status;
}
