/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../compat.h"
#include "../text.h"
#include "lock.h"

#define REPORT_FILE RUN_DIR "/boot"
#define REPORT_NEW  RUN_DIR "/boot.new"

/* Of one opening the kernel drops the eleventh record in five seconds (kernel/printk/printk.c). */
#define KMSG_LINES 8

/* syslog(3) levels as /dev/kmsg takes them. */
#define LEVEL_ERROR   "<3>"
#define LEVEL_WARNING "<4>"
#define LEVEL_NOTICE  "<5>"
#define LEVEL_INFO    "<6>"

void report_begin(struct report *report, int root)
{
	memset(report, 0, sizeof(*report));
	report->root = root;
	report->kmsg = -1;
}

/* With no kernel log to write to, the console is better than silence. */
static int open_log(int root)
{
	int fd = openat(root, "dev/kmsg", O_WRONLY | O_CLOEXEC | O_NOCTTY | O_APPEND);

	return fd < 0 ? STDERR_FILENO : fd;
}

static void close_log(struct report *report)
{
	if (report->kmsg > STDERR_FILENO)
		close(report->kmsg);
	report->kmsg = -1;
}

static void log_line(struct report *report, const char *level, const char *line)
{
	struct text record;
	size_t end;

	if (report->quiet)
		return;
	if (report->kmsg < 0 || report->kmsg_said == KMSG_LINES) {
		close_log(report);
		report->kmsg = open_log(report->root);
		report->kmsg_said = 0;
	}
	text_clear(&record);
	text_add(&record, level, "vfio-claim: ", line, NULL);
	end = record.length;
	record.data[end] = '\n';
	report->kmsg_said++;
	/* A record that is lost still stands in the file. */
	if (write(report->kmsg, record.data, end + 1) < 0)
		close_log(report);
}

/* Adds a line to the file; without memory the line is only logged. */
static void keep(struct report *report, const char *line, size_t length)
{
	char *more = realloc(report->file, report->length + length + 2);

	if (!more)
		return;
	report->file = more;
	memcpy(more + report->length, line, length);
	report->length += length;
	more[report->length++] = '\n';
	more[report->length] = '\0';
}

static void say(struct report *report, const char *level, const char *line)
{
	keep(report, line, strlen(line));
	log_line(report, level, line);
}

static void complain(struct report *report, const char *line)
{
	report->failed = true;
	say(report, LEVEL_WARNING, line);
}

/* rd.vfio.claim=01:00.0 */
static void add_selector(struct text *line, const struct selector *selector)
{
	text_add(line, selector->param, "=", selector->text, NULL);
}

void report_complaints(struct report *report, const struct requests *requests)
{
	const struct complaint *complaint;
	struct text line;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		complaint = &requests->complaints[i];
		text_clear(&line);
		text_add(&line, complaint->param, complaint->value[0] ? "=" : "", complaint->value,
			 ": ignored: ", complaint->why, NULL);
		complain(report, line.data);
	}
}

static void report_unmatched(struct report *report, const struct plan *plan)
{
	struct text line;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		text_clear(&line);
		add_selector(&line, plan->unmatched[i]);
		text_add(&line, ": there is no such device in this machine", NULL);
		complain(report, line.data);
	}
}

static const char NO_IOMMU[] =
	"no IOMMU is active: add intel_iommu=on to the kernel command line (Intel), "
	"remove any iommu=off, and turn on VT-d, AMD-Vi or IOMMU in the "
	"firmware setup";

/* Why a device that is named is left alone. */
static void add_verdict(struct text *line, const struct decision *decision)
{
	switch (decision->verdict) {
	case VERDICT_KEEP:
		add_selector(line, decision->keep);
		text_add(line, " keeps it", NULL);
		break;
	case VERDICT_BRIDGE:
		text_add(line, "a bridge cannot be claimed", NULL);
		break;
	case VERDICT_UNREADABLE:
		text_add(line, "its modalias in sysfs cannot be read", NULL);
		break;
	case VERDICT_NO_IOMMU:
		text_add(line, NO_IOMMU, NULL);
		break;
	case VERDICT_CLAIM:
	case VERDICT_PASSED:
		break;
	}
}

static void report_refusal(struct report *report, const struct decision *decision)
{
	struct text line;

	if (decision->verdict == VERDICT_CLAIM || decision->verdict == VERDICT_PASSED)
		return;
	text_clear(&line);
	text_add(&line, decision->device->slot, ": left alone: ", NULL);
	add_verdict(&line, decision);
	if (decision->verdict == VERDICT_KEEP) {
		say(report, LEVEL_INFO, line.data);
		return;
	}
	text_add(&line, " (", NULL);
	add_selector(&line, decision->because);
	text_add(&line, ")", NULL);
	complain(report, line.data);
}

void report_refusals(struct report *report, const struct plan *plan)
{
	size_t i;

	report_unmatched(report, plan);
	for (i = 0; i < plan->count; i++)
		report_refusal(report, &plan->decisions[i]);
}

static const char *describe_step(enum step step)
{
	switch (step) {
	case STEP_OVERRIDE:
		return "setting its driver_override: ";
	case STEP_UNBIND:
		return "taking it from its driver: ";
	case STEP_BIND:
		return "binding it to " VFIO_DRIVER ": ";
	case STEP_MODULES:
		return "loading " VFIO_DRIVER ": ";
	case STEP_NONE:
		break;
	}
	return "";
}

/* What an errno means here; what is not in the table is named by its number. */
static const struct {
	int error;
	const char *text;
} ERRORS[] = {
	{ EPERM, "not permitted" },
	{ ENOENT, "no such file in sysfs" },
	{ EIO, "input/output error" },
	{ EBUSY, "it is busy" },
	{ EEXIST, "somebody else has already set it" },
	{ ENODEV, "the device or the driver would not have it" },
	{ EINVAL, "refused, the kernel log may say why" },
	{ EINTR, "the process doing it was killed" },
};

static void add_error(struct text *line, int error)
{
	size_t i;

	for (i = 0; i < sizeof(ERRORS) / sizeof(ERRORS[0]); i++) {
		if (ERRORS[i].error != error)
			continue;
		text_add(line, ERRORS[i].text, NULL);
		return;
	}
	text_add(line, "error ", NULL);
	text_number(line, (unsigned int)error);
}

static void add_failure(struct text *line, const struct claims *claims, const struct claim *claim,
			const char *said)
{
	text_add(line, ": not claimed: ", describe_step(claim->step), NULL);
	if (claim->error == ETIMEDOUT) {
		text_add(line, "not finished within ", NULL);
		text_number(line, claims->timeout);
		text_add(line, " s, the boot goes on without it", NULL);
	} else if (claim->step != STEP_MODULES) {
		add_error(line, claim->error);
	} else {
		/* Its exit status is no errno; its own words are the best reason. */
		text_add(line, said[0] ? said : "modprobe has run, but the driver is not there",
			 NULL);
	}
}

static void add_whereabouts(struct text *line, const struct claim *claim)
{
	if (claim->state == STATE_GIVEN_BACK)
		text_add(line, "; given back", NULL);
	if (claim->driver[0])
		text_add(line, "; it is with ", claim->driver, NULL);
	else
		text_add(line, "; no driver has it yet", NULL);
}

static void report_claim(struct report *report, const struct claims *claims,
			 const struct claim *claim, const char *said)
{
	const struct device *device = claim->decision->device;
	struct text line;

	text_clear(&line);
	text_add(&line, device->slot, NULL);
	if (claim->state == STATE_CLAIMED || claim->state == STATE_RESERVED) {
		if (claim->state == STATE_CLAIMED)
			text_add(&line, ": claimed by " VFIO_DRIVER " (", NULL);
		else
			text_add(&line, ": reserved for " VFIO_DRIVER " (", NULL);
		add_selector(&line, claim->decision->because);
		text_add(&line, ")", NULL);
		if (device->boot_vga)
			text_add(&line, "; it is the boot display: the console goes dark", NULL);
		say(report, device->boot_vga ? LEVEL_WARNING : LEVEL_INFO, line.data);
		return;
	}
	add_failure(&line, claims, claim, said);
	add_whereabouts(&line, claim);
	report->failed = true;
	say(report, LEVEL_ERROR, line.data);
}

void report_claims(struct report *report, const struct claims *claims, const char *said)
{
	const struct claim *claim;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		claim = &claims->item[i];
		/* That it is reserved has been said; how it ends is new. */
		report->quiet = report->before == STAGE_RESERVED && claim->state == STATE_RESERVED;
		if (claim->state != STATE_SETTLED)
			report_claim(report, claims, claim, said);
	}
}

void report_trouble(struct report *report, const char *what, const char *why)
{
	struct text line;

	text_clear(&line);
	text_add(&line, what, why, NULL);
	complain(report, line.data);
}

void report_off(struct report *report)
{
	say(report, LEVEL_NOTICE, "rd.vfio=0: nothing is claimed in this boot");
}

/* The file's last line: how far it has come, and the exit status. A file cut short has none. */
static const char *const STAGES[] = { "reserved 0", "reserved 1", "bound 0", "bound 1" };

enum stage report_stage(struct report *report, bool *failed)
{
	const char *last;
	enum stage stage = STAGE_NONE;
	int i;

	report->earlier = sysfs_read_all(report->root, REPORT_FILE);
	last = report->earlier ? strrchr(report->earlier, '\n') : NULL;
	for (i = 0; last && i < 4; i++) {
		if (strcmp(last + 1, STAGES[i]))
			continue;
		stage = i < 2 ? STAGE_RESERVED : STAGE_BOUND;
		*failed = i & 1;
	}
	return stage;
}

/* Takes over the line of the earlier report that begins with @slot and @what, if there is one. */
static bool take_over(struct report *report, const char *slot, const char *what)
{
	const char *line = report->before == STAGE_NONE ? NULL : report->earlier;
	const char *c;

	/* Only at the beginning of a line: one slot's name can be the end of another's. */
	for (; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		c = line;
		if (!text_skip(&c, slot) || !text_skip(&c, what))
			continue;
		keep(report, line, strcspn(line, "\n"));
		return true;
	}
	return false;
}

void report_settled(struct report *report, struct claims *claims)
{
	const char *slot;
	size_t i;

	for (i = 0; i < claims->count; i++) {
		slot = claims->item[i].decision->device->slot;
		if (take_over(report, slot, ": not claimed"))
			report->failed = true;
		else if (!take_over(report, slot, ": claimed"))
			continue;
		claims->item[i].state = STATE_SETTLED;
	}
}

/* Written aside and renamed: whoever reads it sees the old or the new, never a half. */
static void put_file(const struct report *report)
{
	int fd = openat(report->root, REPORT_NEW, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	bool done;

	if (fd < 0)
		return;
	done = write(fd, report->file, report->length) == (ssize_t)report->length;
	close(fd);
	if (!done || renameat(report->root, REPORT_NEW, report->root, REPORT_FILE))
		unlinkat(report->root, REPORT_NEW, 0);
}

void report_end(struct report *report, enum stage stage)
{
	const char *stage_line;

	stage_line = STAGES[(stage == STAGE_BOUND) * 2 + report->failed];
	keep(report, stage_line, strlen(stage_line));
	put_file(report);
}

void report_drop(struct report *report)
{
	close_log(report);
	free(report->file);
	free(report->earlier);
	report->file = report->earlier = NULL;
	report->length = 0;
}
