/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "override.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../core/child.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"

#define PATIENCE 2000 /* milliseconds */

struct reading {
	const char *sysroot;
	const struct string_set *slots;
	char **overrides;
	size_t done; /* so many are known */
	FILE *answers;
};

/* For a child: a line for each function, "=OVERRIDE", or an empty one if it cannot be read. */
static int read_job(void *what, int say)
{
	const struct reading *reading = what;
	char *override;
	size_t i;

	if (say < 0)
		return EIO;
	for (i = reading->done; i < reading->slots->count; i++) {
		override = sysroot_read(reading->sysroot, "/sys/bus/pci/devices/%s/driver_override",
					reading->slots->name[i]);
		if (override)
			dprintf(fileno(reading->answers), "=%.*s", (int)strcspn(override, "\n"),
				override);
		dprintf(fileno(reading->answers), "\n");
		free(override);
	}
	return 0;
}

static off_t length_of(FILE *file)
{
	struct stat st;

	return fstat(fileno(file), &st) < 0 ? 0 : st.st_size;
}

/* Returns false if the child has not said a word for PATIENCE. */
static bool wait_for_end(struct child *child, FILE *answers)
{
	unsigned int budget = PATIENCE;
	off_t length = -1;

	while (!child_wait(child, PATIENCE, &budget)) {
		if (length_of(answers) == length)
			return false;
		length = length_of(answers);
		budget = PATIENCE;
	}
	return true;
}

static void take_answers(struct reading *reading)
{
	char *line = NULL;
	size_t size = 0;

	rewind(reading->answers);
	while (reading->done < reading->slots->count &&
	       getline(&line, &size, reading->answers) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		if (line[0])
			reading->overrides[reading->done] =
				strdup(strcmp(line, "=(null)") == 0 ? "" : line + 1);
		reading->done++;
	}
	free(line);
}

/* Reads on until the end, or past the first function that is stuck. Returns false to give up. */
static bool read_on(struct reading *reading)
{
	struct child child;
	bool ended;

	reading->answers = tmpfile();
	if (!reading->answers)
		return false;
	fflush(stdout);
	child_start(&child, read_job, reading);
	ended = wait_for_end(&child, reading->answers);
	if (!ended)
		child_abandon(&child);
	take_answers(reading);
	fclose(reading->answers);
	if (!ended && reading->done < reading->slots->count)
		message_warning("%s: its driver is stuck; its driver_override cannot be read",
				reading->slots->name[reading->done++]);
	return !ended;
}

void overrides_read(const char *sysroot, const struct string_set *slots, char **overrides)
{
	struct reading reading = { .sysroot = sysroot, .slots = slots, .overrides = overrides };

	while (reading.done < slots->count && read_on(&reading))
		;
}

char *override_read(const char *sysroot, const char *slot)
{
	struct string_set slots = { 0 };
	char *override = NULL;

	if (string_set_add(&slots, slot) == 0)
		overrides_read(sysroot, &slots, &override);
	string_set_free(&slots);
	return override;
}
