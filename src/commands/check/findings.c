/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "findings.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/array.h"
#include "../../core/text.h"

/* Returns the place of @what in the alphabetical order: before all that begin with it. */
static size_t place_of(const struct findings *findings, const char *what)
{
	size_t first = 0, end = findings->count, middle;

	while (first < end) {
		middle = (first + end) / 2;
		if (strcmp(findings->list[findings->order[middle]].what, what) < 0)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Returns true if a finding of this or a graver level begins with @what, whose place is @place. */
static bool is_known(const struct findings *findings, enum level level, const char *what,
		     size_t place)
{
	const struct finding *finding;
	size_t len = strlen(what);

	for (; place < findings->count; place++) {
		finding = &findings->list[findings->order[place]];
		if (strncmp(finding->what, what, len) != 0)
			return false;
		if (finding->level >= level)
			return true;
	}
	return false;
}

/* Returns 0 or -ENOMEM. */
static int insert(struct findings *findings, const struct finding *finding, size_t place)
{
	size_t index = findings->count, count = index;
	int err = array_add(&findings->order, &count, &index, sizeof(index));

	if (!err)
		err = array_add(&findings->list, &findings->count, finding, sizeof(*finding));
	if (err)
		return err;
	memmove(findings->order + place + 1, findings->order + place,
		(index - place) * sizeof(index));
	findings->order[place] = index;
	return 0;
}

/* Adds a finding, and takes over @what, which is NULL if memory ran out. */
static void add(struct findings *findings, enum level level, const char *topic, char *what)
{
	struct finding finding = { .level = level, .topic = topic, .what = what };
	size_t place = what ? place_of(findings, what) : 0;

	findings->last = NULL;
	if (!what) {
		findings->incomplete = true;
	} else if (is_known(findings, level, what, place)) {
		free(what);
	} else if (insert(findings, &finding, place) < 0) {
		findings->incomplete = true;
		free(what);
	} else {
		findings->last = &findings->list[findings->count - 1];
	}
}

/* Returns the sentence after @prefix: a new string, or NULL without memory. */
static char *sentence(const char *prefix, const char *format, va_list args)
{
	char *text, *whole;

	if (vasprintf(&text, format, args) < 0)
		return NULL;
	if (asprintf(&whole, "%s%s", prefix, text) < 0)
		whole = NULL;
	free(text);
	return whole;
}

void finding_add(struct findings *findings, enum level level, const char *topic, const char *format,
		 ...)
{
	va_list args;

	va_start(args, format);
	add(findings, level, topic, sentence("", format, args));
	va_end(args);
}

void finding_add_device(struct findings *findings, enum level level, const char *topic,
			const char *slot, const char *format, ...)
{
	struct text prefix;
	va_list args;

	text_set(&prefix, "%s: ", slot);
	va_start(args, format);
	add(findings, level, topic, sentence(prefix.data, format, args));
	va_end(args);
	finding_device(findings, slot);
}

void finding_add_place(struct findings *findings, enum level level, const char *topic,
		       const char *file, unsigned int line, const char *format, ...)
{
	char *prefix = NULL;
	va_list args;

	if ((line ? asprintf(&prefix, "%s:%u: ", file, line) : asprintf(&prefix, "%s: ", file)) < 0)
		prefix = NULL;
	va_start(args, format);
	add(findings, level, topic, prefix ? sentence(prefix, format, args) : NULL);
	va_end(args);
	free(prefix);
	if (!findings->last)
		return;
	findings->last->line = line;
	findings->last->file = strdup(file);
	findings->incomplete |= !findings->last->file;
}

void finding_device(struct findings *findings, const char *slot)
{
	if (findings->last && string_set_add(&findings->last->devices, slot) < 0)
		findings->incomplete = true;
}

void finding_fix(struct findings *findings, const char *format, ...)
{
	va_list args;
	char *fix;

	if (!findings->last)
		return;
	va_start(args, format);
	fix = sentence("", format, args);
	va_end(args);
	findings->incomplete |= !fix;
	free(findings->last->fix);
	findings->last->fix = fix;
}

/* --- messages ----------------------------------------------------------------------------------
 */

/* Returns true if @text is about a line of a file, "FILE:LINE: ", that a finding is about. */
static bool is_of_known_line(const struct findings *findings, const char *text)
{
	const struct finding *finding;
	size_t i, len;
	char *end;

	for (i = 0; i < findings->count; i++) {
		finding = &findings->list[i];
		len = finding->line ? strlen(finding->file) : 0;
		if (len && strncmp(text, finding->file, len) == 0 && text[len] == ':' &&
		    strtoul(text + len + 1, &end, 10) == finding->line && *end == ':')
			return true;
	}
	return false;
}

/* Removes @sysroot from the paths in @text. */
static void cut_sysroot(char *text, const char *sysroot)
{
	size_t len = strlen(sysroot);
	char *at = text;

	while (len && (at = strstr(at, sysroot))) {
		if (at[len] == '/')
			memmove(at, at + len, strlen(at + len) + 1);
		else
			at += len;
	}
}

/* Adds each of @texts at this level, except those about a line that a finding is about. */
static void add_texts(struct findings *findings, const char *sysroot, const char *topic,
		      enum level level, struct string_set *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++) {
		cut_sysroot(texts->name[i], sysroot);
		if (!is_of_known_line(findings, texts->name[i]))
			finding_add(findings, level, topic, "%s", texts->name[i]);
	}
}

void findings_add_messages(struct findings *findings, const char *sysroot, const char *topic,
			   struct messages *messages)
{
	add_texts(findings, sysroot, topic, LEVEL_WARNING, &messages->warnings);
	add_texts(findings, sysroot, topic, LEVEL_PROBLEM, &messages->errors);
	messages_free(messages);
}

/* --- all of them -------------------------------------------------------------------------------
 */

void findings_sort(struct findings *findings)
{
	struct finding *sorted = calloc(findings->count + 1, sizeof(*sorted));
	size_t count = 0, i;
	int level;

	if (!sorted) {
		findings->incomplete = true;
		return;
	}
	for (level = LEVEL_PROBLEM; level >= LEVEL_OK; level--)
		for (i = 0; i < findings->count; i++)
			if ((int)findings->list[i].level == level)
				sorted[count++] = findings->list[i];
	free(findings->list);
	findings->list = sorted;
	findings->last = NULL;
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

		string_set_free(&finding->devices);
		free(finding->file);
		free(finding->what);
		free(finding->fix);
	}
	free(findings->list);
	free(findings->order);
}
