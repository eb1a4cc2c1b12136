/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/array.h"
#include "../core/compat.h"
#include "../core/step_words.h"
#include "../core/text.h"
#include "../core/words.h"
#include "lock.h"

#define REPORT_FILE RUN_DIR "/boot"
#define REPORT_LATE RUN_DIR "/late"

/* The kernel accepts ten records in five seconds from each open file (kernel/printk/printk.c). */
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

	if (report->kmsg < 0 || report->kmsg_said == KMSG_LINES) {
		close_log(report);
		report->kmsg = open_log(report->root);
		report->kmsg_said = 0;
	}
	text_set(&record, "%svfio-claim: %s\n", level, line);
	report->kmsg_said++;
	/* A lost record is still in the file. */
	if (write(report->kmsg, record.data, record.length) < 0)
		close_log(report);
}

/* Adds a line to the file; without memory the line is only logged. */
static void keep(struct report *report, const char *line, size_t length)
{
	char *more = memory_grow(report->file, report->length, report->length + length + 1);

	if (!more)
		return;
	report->file = more;
	memcpy(more + report->length, line, length);
	report->length += length;
	more[report->length++] = '\n';
}

/* Returns true if an earlier program has reported exactly this line. */
static bool is_old(const struct report *report, const char *line)
{
	const char *old = report->before == STAGE_NONE ? NULL : report->earlier;

	for (; old; old = strchr(old, '\n')) {
		old += *old == '\n';
		if (text_skip(&old, line) && *old == '\n')
			return true;
	}
	return false;
}

/* Logs the line unless an earlier program has; adds it to the file in any case. */
static void say(struct report *report, const char *level, const char *line)
{
	keep(report, line, strlen(line));
	if (!is_old(report, line))
		log_line(report, level, line);
}

void report_trouble(struct report *report, const char *line)
{
	report->failed = true;
	say(report, LEVEL_WARNING, line);
}

void report_complaints(struct report *report, const struct requests *requests)
{
	struct text *line = &report->line;
	size_t i;

	for (i = 0; i < requests->complaint_count; i++) {
		words_of_complaint(line, &requests->complaints[i]);
		report_trouble(report, line->data);
	}
}

void report_unmatched(struct report *report, const struct plan *plan)
{
	struct text *line = &report->line;
	size_t i;

	for (i = 0; i < plan->unmatched_count; i++) {
		text_set(line, "%s=%s: no such device", plan->unmatched[i]->param,
			 plan->unmatched[i]->text);
		report_trouble(report, line->data);
	}
}

static bool worth_a_line(const struct decision *decision)
{
	if (decision->verdict == VERDICT_NEIGHBOUR)
		return decision->in_the_way;
	return decision->verdict != VERDICT_CLAIM && decision->verdict != VERDICT_PASSED &&
	       decision->verdict != VERDICT_STRAY;
}

static void report_refusal(struct report *report, const struct decision *decision)
{
	struct text *line = &report->line;

	if (!worth_a_line(decision))
		return;
	text_set(line, "%s: left alone: ", decision->device->slot);
	words_of_verdict(line, decision);
	words_of_stay(line, decision);
	if (decision->verdict == VERDICT_KEEP) {
		say(report, decision->in_the_way ? LEVEL_WARNING : LEVEL_INFO, line->data);
		return;
	}
	words_of_request(line, decision);
	if (decision->verdict == VERDICT_NEIGHBOUR)
		say(report, LEVEL_WARNING, line->data);
	else
		report_trouble(report, line->data);
}

void report_refusals(struct report *report, const struct plan *plan)
{
	size_t i;

	for (i = 0; i < plan->count; i++)
		report_refusal(report, &plan->decisions[i]);
}

static void add_driver(struct text *line, const char *driver)
{
	if (driver[0])
		text_add(line, "; its driver is %s", driver);
	else
		text_add(line, "; it has no driver yet");
}

static const char *const GIVEN_BACK = " given back: ", *const NOT_GIVEN_BACK = " not given back: ";

void report_released(struct report *report, int sys, const struct plan *plan)
{
	const struct decision *decision;
	struct text *line = &report->line;
	char driver[NAME_SIZE];
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (!act_must_release(decision))
			continue;
		pci_link(sys, decision->device->slot, "driver", driver);
		text_set(line, "%s:%s" VFIO_DRIVER " had it: ", decision->device->slot,
			 strcmp(driver, VFIO_DRIVER) ? GIVEN_BACK : NOT_GIVEN_BACK);
		words_of_verdict(line, decision);
		add_driver(line, driver);
		say(report, LEVEL_WARNING, line->data);
	}
}

/* Returns why a claim has failed, or NULL if only the error number tells. */
static const char *describe_failure(const struct claim *claim, const char *said)
{
	if (claim->step != STEP_MODULES)
		return words_of_error(claim->error);
	/* The exit status of modprobe is not an errno; its own message says more. */
	return said[0] ? said : "the driver is not there";
}

static void add_failure(struct text *line, const struct claims *claims, const struct claim *claim,
			const char *said)
{
	const char *why = describe_failure(claim, said);

	text_add(line, ": not claimed: %s", words_of_step(claim->step));
	if (claim->error == ETIMEDOUT)
		text_add(line, "not finished within %u s", claims->timeout);
	else if (why)
		text_add(line, "%s", why);
	else
		text_add(line, "error %u", (unsigned int)claim->error);
}

static void add_whereabouts(struct text *line, const struct claim *claim)
{
	const char *driver = claim->driver;

	if (claim->state == STATE_GIVEN_BACK)
		text_add(line, "; given back");
	if (claim->state == STATE_HELD)
		text_add(line, "; not given back (rd.vfio.strict=1)");
	/* The link is removed first (__device_release_driver() in drivers/base/dd.c). */
	if (claim->state == STATE_STUCK && claim->step == STEP_UNBIND)
		driver = "stuck";
	add_driver(line, driver);
}

/* Adds what the user should know about a claimed device. Returns true if it is a warning. */
static bool add_warnings(struct text *line, const struct claim *claim)
{
	const char *holder = claim->holder;
	bool useless = words_of_spoiler(line, claim->decision);

	if (claim->decision->device->boot_vga)
		text_add(line, "; it is the boot display, which goes dark");
	if (holder[0])
		text_add(line, "; %s holds memory of it: add initcall_blacklist=sysfb_init",
			 holder);
	return holder[0] || useless || claim->decision->device->boot_vga;
}

/*
 * A device that is reserved is only written to the file: bind logs what becomes of it, and reserve,
 * which the boot waits for, need not open the log.
 */
static void report_success(struct report *report, const struct claim *claim)
{
	struct text *line = &report->line;
	bool warning;

	if (claim->state == STATE_CLAIMED)
		text_set(line, "%s: claimed by %s", claim->decision->device->slot, claim->driver);
	else
		text_set(line, "%s: reserved for " VFIO_DRIVER, claim->decision->device->slot);
	words_of_request(line, claim->decision);
	warning = add_warnings(line, claim);
	if (warning || claim->state == STATE_CLAIMED)
		say(report, warning ? LEVEL_WARNING : LEVEL_INFO, line->data);
	else
		keep(report, line->data, line->length);
}

static void report_claim(struct report *report, const struct claims *claims,
			 const struct claim *claim, const char *said)
{
	struct text *line = &report->line;

	if (claim->state == STATE_CLAIMED || claim->state == STATE_RESERVED) {
		report_success(report, claim);
		return;
	}
	text_set(line, "%s", claim->decision->device->slot);
	add_failure(line, claims, claim, said);
	add_whereabouts(line, claim);
	report->failed = true;
	say(report, LEVEL_ERROR, line->data);
}

void report_claims(struct report *report, const struct claims *claims, const char *said)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].state != STATE_SETTLED)
			report_claim(report, claims, &claims->item[i], said);
}

void report_off(struct report *report)
{
	say(report, LEVEL_NOTICE, "rd.vfio=0: nothing is claimed");
}

/* The file's last line: how far it has come, and the exit status. A file cut short has none. */
static const char *const RESERVED = "reserved ";
static const char *const BOUND = "bound ";

void report_resume(struct report *report)
{
	const char *last;

	report->earlier = sysfs_read_all(report->root, REPORT_FILE);
	last = report->earlier ? strrchr(report->earlier, '\n') : NULL;
	if (!last++)
		return;
	if (text_skip(&last, RESERVED))
		report->before = STAGE_RESERVED;
	if (!text_skip(&last, BOUND))
		return;
	report->before = STAGE_BOUND;
	/* The remaining steps report their own failures. */
	report->failed = *last == '1';
}

/* Takes over one line, "SLOT: result", which ends at @end. */
static void settle_line(struct report *report, struct claims *claims, const char *line,
			const char *end)
{
	const char *what = strchr(line, ' ');
	size_t length = (size_t)(what - line) - 1;
	struct claim *claim = claims_find(claims, line);
	bool reserved = text_skip(&what, " reserved for");
	bool failed = text_skip(&what, " not claimed");

	if (reserved && !claim)
		act_release_slot(claims, line, length);
	else if (reserved && !claim->decision->module)
		claim->state = STATE_RESERVED;
	/* This happened, whatever vfio-pci has taken since. */
	if (text_skip(&what, GIVEN_BACK) || text_skip(&what, NOT_GIVEN_BACK))
		keep(report, line, (size_t)(end - line));
	if (!claim || (!failed && !text_skip(&what, " claimed")))
		return;
	claim->state = STATE_SETTLED;
	report->failed |= failed;
	keep(report, line, (size_t)(end - line));
}

void report_settled(struct report *report, struct claims *claims)
{
	const char *line = report->before == STAGE_NONE ? NULL : report->earlier;
	const char *end;

	/* The last line is the stage, and has no newline. */
	for (; line && (end = strchr(line, '\n')); line = end + 1)
		settle_line(report, claims, line, end);
}

void report_end(struct report *report, enum stage stage)
{
	struct text *line = &report->line;

	text_set(line, "%s%u", stage == STAGE_BOUND ? BOUND : RESERVED, report->failed);
	keep(report, line->data, line->length);
	file_put(report->root, REPORT_FILE, report->file, report->length);
}

void report_add(const struct report *report)
{
	int fd = openat(report->root, REPORT_LATE, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);

	/* What cannot be written has been logged. */
	if (fd >= 0 && write(fd, report->file, report->length) >= 0)
		close(fd);
}

void report_drop(struct report *report)
{
	close_log(report);
	free(report->file);
	free(report->earlier);
	report->file = report->earlier = NULL;
	report->length = 0;
}
