/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * findings.h - the findings of `vfio-claim check`
 */
#ifndef VFIO_CLAIM_COMMANDS_CHECK_FINDINGS_H
#define VFIO_CLAIM_COMMANDS_CHECK_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "../../host/messages.h"
#include "../../host/string_set.h"

enum level {
	LEVEL_OK,
	LEVEL_WARNING, /* it may do harm, or could not be determined */
	LEVEL_PROBLEM, /* a claim or a virtual machine will fail */
};

struct finding {
	enum level level;
	const char *topic;         /* one word, for programs; a constant */
	char *what;                /* a sentence that names the place or the device */
	char *file;                /* the file it is about, without the sysroot; or NULL */
	unsigned int line;         /* of that file; 0 for the file as a whole */
	struct string_set devices; /* slots of the devices it is about */
	char *fix;                 /* a command or other advice; NULL for none */
};

struct findings {
	struct finding *list;
	size_t count;
	size_t *order;        /* indexes into @list, in the alphabetical order of their sentences */
	struct finding *last; /* the one added last; NULL if it was there already */
	bool incomplete;      /* for lack of memory */
};

/*
 * Add a finding, unless one that is at least as grave begins with the same words. @format: a
 * printf(3) format of one sentence. The second is about the device @slot, and the third about a
 * line of a file, or about the file if @line is 0; they put that before the sentence.
 */
void finding_add(struct findings *findings, enum level level, const char *topic, const char *format,
		 ...) __attribute__((format(printf, 4, 5)));
void finding_add_device(struct findings *findings, enum level level, const char *topic,
			const char *slot, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
void finding_add_place(struct findings *findings, enum level level, const char *topic,
		       const char *file, unsigned int line, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Adds a device to the finding added last. */
void finding_device(struct findings *findings, const char *slot);

/* Sets the fix of the finding added last. @format: a printf(3) format. */
void finding_fix(struct findings *findings, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Adds collected messages (messages.h): a warning as a warning, any other as a problem. Removes
 * @sysroot from paths in them. Skips messages about a line of a file that has a finding. Frees the
 * list.
 */
void findings_add_messages(struct findings *findings, const char *sysroot, const char *topic,
			   struct messages *messages);

/* Sorts them: problems first, then warnings; otherwise in the order in which they were added. */
void findings_sort(struct findings *findings);

/* Returns the gravest level. */
enum level findings_level(const struct findings *findings);

/* Returns "ok", "warning" or "problem". */
const char *level_name(enum level level);

void findings_free(struct findings *findings);

#endif
