/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"
#include "../../core/text.h"

/* Whether one of this level or a graver one says that, or begins with it and says more. */
static bool is_known(const struct findings *findings, enum level level, const char *what)
{
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].level >= level &&
		    strncmp(findings->list[i].what, what, strlen(what)) == 0)
			return true;
	return false;
}

/* Takes @what over. */
static void add(struct findings *findings, enum level level, const char *topic, char *what)
{
	struct finding finding = { .level = level, .topic = topic, .what = what };

	findings->last = NULL;
	if (is_known(findings, level, what)) {
		free(what);
	} else if (array_add(&findings->list, &findings->count, &finding, sizeof(finding)) < 0) {
		findings->incomplete = true;
		free(what);
	} else {
		findings->last = &findings->list[findings->count - 1];
	}
}

void found(struct findings *findings, enum level level, const char *topic, const char *format, ...)
{
	va_list args;
	char *what;
	int len;

	va_start(args, format);
	len = vasprintf(&what, format, args);
	va_end(args);
	findings->last = NULL;
	if (len < 0)
		findings->incomplete = true;
	else
		add(findings, level, topic, what);
}

void helps(struct findings *findings, const char *format, ...)
{
	va_list args;
	char *fix;
	int len;

	if (!findings->last)
		return;
	va_start(args, format);
	len = vasprintf(&fix, format, args);
	va_end(args);
	if (len < 0) {
		findings->incomplete = true;
		return;
	}
	free(findings->last->fix);
	findings->last->fix = fix;
}

void found_messages(struct findings *findings, const char *topic, struct string_set *messages)
{
	const char *text;
	bool warning;
	size_t i;

	for (i = 0; i < messages->count; i++) {
		text = messages->name[i];
		warning = text_skip(&text, "warning: ");
		found(findings, warning ? LEVEL_WARNING : LEVEL_PROBLEM, topic, "%s", text);
	}
	string_set_free(messages);
}

enum level findings_level(const struct findings *findings)
{
	enum level level = LEVEL_OK;
	size_t i;

	for (i = 0; i < findings->count; i++)
		if (findings->list[i].level > level)
			level = findings->list[i].level;
	return level;
}

const char *level_name(enum level level)
{
	static const char *const names[] = {
		[LEVEL_OK] = "ok",
		[LEVEL_WARNING] = "warning",
		[LEVEL_PROBLEM] = "problem",
	};

	return names[level];
}

void findings_free(struct findings *findings)
{
	while (findings->count) {
		struct finding *finding = &findings->list[--findings->count];

		free(finding->what);
		free(finding->fix);
	}
	free(findings->list);
}
