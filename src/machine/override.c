/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "override.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../core/child.h"
#include "../core/device.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"

#define PATIENCE 2000 /* milliseconds */

/* What a child found out about one function. */
struct answer {
	bool known; /* the next two are valid */
	bool readable;
	char override[NAME_SIZE];
};

struct reading {
	const char *sysroot;
	const struct string_set *slots;
	struct answer *answers; /* one a slot, in memory that the child shares */
	size_t first;           /* this and those after it are to be read */
};

/* For a child. */
static int read_job(void *what, int say)
{
	const struct reading *reading = what;
	struct answer *answer;
	char *override;
	size_t i;

	if (say < 0)
		return EIO;
	for (i = reading->first; i < reading->slots->count; i++) {
		answer = &reading->answers[i];
		override = sysroot_read(reading->sysroot, "/sys/bus/pci/devices/%s/driver_override",
					reading->slots->name[i]);
		answer->readable = override != NULL;
		if (override && strcmp(override, "(null)") != 0)
			snprintf(answer->override, sizeof(answer->override), "%s", override);
		free(override);
		answer->known = true;
	}
	return 0;
}

static size_t first_unknown(const struct reading *reading)
{
	size_t i = reading->first;

	while (i < reading->slots->count && reading->answers[i].known)
		i++;
	return i;
}

/* Reads on until the end, or past the first function that is stuck. Returns false to give up. */
static bool read_on(struct reading *reading)
{
	unsigned int budget = PATIENCE;
	struct child child;
	size_t before;
	bool ended;

	fflush(stdout);
	child_start(&child, read_job, reading);
	do {
		before = first_unknown(reading);
		budget = PATIENCE;
		ended = child_wait(&child, PATIENCE, &budget);
	} while (!ended && first_unknown(reading) != before);
	reading->first = first_unknown(reading);
	if (ended)
		return false;
	child_abandon(&child);
	if (reading->first < reading->slots->count)
		message_warning("%s: its driver is stuck; its driver_override cannot be read",
				reading->slots->name[reading->first++]);
	return true;
}

/* Returns memory full of zeros, to be shared with children, or NULL. */
static struct answer *answers_for(size_t count)
{
	struct answer *answers = mmap(NULL, (count + 1) * sizeof(*answers), PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return answers == MAP_FAILED ? NULL : answers;
}

void overrides_read(const char *sysroot, const struct string_set *slots, char **overrides)
{
	struct reading reading = { .sysroot = sysroot,
				   .slots = slots,
				   .answers = answers_for(slots->count) };
	size_t i;

	if (!reading.answers) {
		message_errno(errno, "the driver_overrides");
		return;
	}
	while (reading.first < slots->count && read_on(&reading))
		;
	for (i = 0; i < slots->count; i++)
		if (reading.answers[i].known && reading.answers[i].readable)
			overrides[i] = strdup(reading.answers[i].override);
	munmap(reading.answers, (slots->count + 1) * sizeof(*reading.answers));
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
