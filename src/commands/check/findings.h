/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * findings.h - what `vfio-claim check` has found
 */
#ifndef VFIO_CLAIM_COMMANDS_CHECK_FINDINGS_H
#define VFIO_CLAIM_COMMANDS_CHECK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../host/string_set.h"

enum level {
	LEVEL_OK,
	LEVEL_WARNING, /* it may do harm, or could not be found out */
	LEVEL_PROBLEM, /* a claim or a virtual machine will fail */
};

struct finding {
	enum level level;
	const char *topic; /* one word, for programs; a constant */
	char *what;
	char *fix; /* a command, or what else helps; NULL for nothing */
};

struct findings {
	struct finding *list;
	size_t count;
	struct finding *last; /* NULL when it had been found before */
	bool incomplete;      /* for lack of memory */
};

/*
 * Adds a finding, unless it is there already, or one that begins with it and is as grave. @format:
 * printf(3) format of one line.
 */
void found(struct findings *findings, enum level level, const char *topic, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* Says what helps against the one that came last. */
void helps(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds messages that were meant for a person: those that begin with "warning: " are warnings, and
 * problems the others. Frees the list.
 */
void found_messages(struct findings *findings, const char *topic, struct string_set *messages);

/* The gravest level. */
enum level findings_level(const struct findings *findings);

/* "ok", "warning", "problem". */
const char *level_name(enum level level);

void findings_free(struct findings *findings);

#endif
