/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_report.h"

#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "../host/messages.h"
#include "../host/terminal.h"
#include "../plan/boot_plan.h"

#define INDENT 4

/* Adds the lines of @text, which is cut up. With @but_the_last, returns the last one; else NULL. */
static const char *add_lines(struct boot_report *report, char *text, bool but_the_last)
{
	char *rest, *line = strtok_r(text, "\n", &rest), *next;

	for (; line; line = next) {
		next = strtok_r(NULL, "\n", &rest);
		if (!next && but_the_last)
			return line;
		string_set_add(&report->lines, line);
	}
	return NULL;
}

static enum boot_stage read_stage(const char *line)
{
	if (line && text_skip(&line, "bound "))
		return BOOT_BOUND;
	return line && text_skip(&line, "reserved ") ? BOOT_RESERVED : BOOT_CUT_SHORT;
}

/* Adds the report of the boot itself. */
static void add_boot(struct boot_report *report, char *text)
{
	const char *last = add_lines(report, text, true);

	report->stage = read_stage(last);
	/* A last line without a stage is a line like the others. */
	if (last && report->stage == BOOT_CUT_SHORT)
		string_set_add(&report->lines, last);
}

int boot_report_read(struct boot_report *report, const char *sysroot)
{
	char *boot = NULL, *late = NULL;
	int result = -1;

	*report = (struct boot_report){ .stage = BOOT_SILENT };
	if (boot_plan_read_text(sysroot, "/run/vfio-claim/boot", &boot) == 0 &&
	    boot_plan_read_text(sysroot, "/run/vfio-claim/late", &late) == 0)
		result = 0;
	if (boot)
		add_boot(report, boot);
	if (late)
		add_lines(report, late, false);
	free(late);
	free(boot);
	return result;
}

void boot_report_free(struct boot_report *report)
{
	string_set_free(&report->lines);
}

const char *boot_report_of(const struct boot_report *report, size_t number, const char *slot)
{
	const char *line = report->lines.name[number];

	return text_skip(&line, slot) && text_skip(&line, ": ") ? line : NULL;
}

bool boot_report_print(const struct boot_report *report, const char *slot)
{
	const char *what;
	struct text line;
	bool any = false;
	size_t i;

	for (i = 0; i < report->lines.count; i++) {
		what = boot_report_of(report, i, slot);
		if (!what)
			continue;
		text_set(&line, "    reported: %s", what);
		print_folded(2 * INDENT, line.data);
		any = true;
	}
	return any;
}
