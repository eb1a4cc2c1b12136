/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leftovers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../core/array.h"
#include "../../core/params.h"
#include "../../core/text.h"
#include "../../host/messages.h"
#include "../../host/sysroot.h"
#include "../../machine/protected_list.h"

/* --- the devices of this machine ---------------------------------------------------------------
 */

/* Reads what is requested and what is protected. Silently leaves out what cannot be determined. */
static void read_requests(struct leftovers *leftovers)
{
	struct request_texts *texts = &leftovers->boot_plan.texts;
	const struct check *check = leftovers->check;

	messages_mute(true);
	boot_plan_read_text(check->sysroot, "/etc/vfio-claim.conf", &texts->conf);
	texts->protected = protected_find(check->sysroot);
	messages_mute(false);
	if (asprintf(&texts->cmdline, "%s %s", check->running,
		     devices_are_named(check) ? check->asked : "") < 0)
		texts->cmdline = NULL;
	if (texts->cmdline)
		requests_read(&leftovers->boot_plan.requests, texts);
}

/* Returns true if rd.vfio.claim=, vfio-claim.conf or the command names it. */
static bool is_claimed(const struct selectors *claims, const struct device *device)
{
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (claims->item[i].param != PARAM_KERNEL_IDS &&
		    device_matches(&claims->item[i], device))
			return true;
	return false;
}

static void add_device(struct leftovers *leftovers, int sys, const char *slot)
{
	static const struct device_needs needs = {
		.claim_path = true,
		.path = true,
		.slot_id = true,
		.boot_vga = true,
	};
	const struct requests *requests = &leftovers->boot_plan.requests;
	struct leftover_device entry = { 0 };
	const struct selector *need;
	struct pci_address address;

	if (!address_parse(slot, &address))
		return;
	device_identify(&entry.device, sys, &address, &needs);
	device_inspect(&entry.device, sys, &needs);
	if (entry.device.bridge)
		return;
	need = device_first(&requests->protected, &entry.device, device_matches);
	entry.needed_for = need ? need->param : NULL;
	entry.claimed = is_claimed(&requests->claims, &entry.device);
	if (array_add(&leftovers->device, &leftovers->count, &entry, sizeof(entry)) < 0)
		leftovers->check->findings.incomplete = true;
}

/* For qsort(3). */
static int compare(const void *a, const void *b)
{
	return address_compare(&((const struct leftover_device *)a)->device.address,
			       &((const struct leftover_device *)b)->device.address);
}

static void read_devices(struct leftovers *leftovers)
{
	char *path = path_below(leftovers->check->sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	DIR *dir = sys < 0 ? NULL : sysfs_open_dir(sys, "bus/pci/devices");
	const char *slot;

	while (dir && (slot = sysfs_next_entry(dir)))
		add_device(leftovers, sys, slot);
	if (dir)
		closedir(dir);
	if (sys >= 0)
		close(sys);
	free(path);
	if (leftovers->count)
		qsort(leftovers->device, leftovers->count, sizeof(*leftovers->device), compare);
}

/* --- the devices of a leftover -----------------------------------------------------------------
 */

static void name_matching(struct leftovers *leftovers, const struct selector *selector)
{
	size_t i;

	for (i = 0; i < leftovers->count; i++)
		if (device_matches(selector, &leftovers->device[i].device))
			leftovers->device[i].named = true;
}

void leftover_names_ids(struct leftovers *leftovers, const char *ids)
{
	char *copy = strdup(ids), *cursor = copy, *item;
	struct selector selector;

	while (copy && (item = param_item(&cursor, ",")))
		if (!selector_parse_kernel_id(item, &selector))
			name_matching(leftovers, &selector);
	free(copy);
}

struct leftover_device *leftover_names_slot(struct leftovers *leftovers, const char *slot)
{
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		if (strcmp(leftovers->device[i].device.slot, slot) != 0)
			continue;
		leftovers->device[i].named = true;
		return &leftovers->device[i];
	}
	return NULL;
}

/* Returns a word of hexadecimal digits, colons, dots and asterisks, without "0x"; else NULL. */
static char *as_number(char *word)
{
	size_t len;

	if (word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		word += 2;
	len = strspn(word, "0123456789abcdefABCDEF:.*");
	if (!len || word[len])
		return NULL;
	while (len && (word[len - 1] == ':' || word[len - 1] == '.'))
		word[--len] = '\0';
	return len ? word : NULL;
}

/* @before: the preceding word if it has four digits, or NULL. */
static void name_word(struct leftovers *leftovers, const char *word, const char *before)
{
	struct selector selector;
	char pair[sizeof("vvvv:dddd")];

	if (strchr(word, ':')) {
		/* "*:*" would match everything; in a slot, the function may be an asterisk. */
		if ((strchr(word, '.') || !strchr(word, '*')) && !selector_parse(word, &selector))
			name_matching(leftovers, &selector);
	} else if (strlen(word) == 4 && before) {
		snprintf(pair, sizeof(pair), "%s:%s", before, word);
		leftover_names_ids(leftovers, pair);
	}
}

void leftover_names_words(struct leftovers *leftovers, const char *text)
{
	static const char separators[] = " \t\r\n\"'`/\\=,;(){}[]<>|&$@-+!?#^~%";
	char *copy = strdup(text), *rest, *word, *number, *from, *to;
	const char *before = NULL;

	if (!copy)
		return;
	/* Remove what escapes characters in a shell. */
	for (from = to = copy; *from; from++)
		if (*from != '\\')
			*to++ = *from;
	*to = '\0';
	for (word = strtok_r(copy, separators, &rest); word;
	     word = strtok_r(NULL, separators, &rest)) {
		number = as_number(word);
		if (!number)
			continue;
		name_word(leftovers, number, before);
		before = strlen(number) == 4 && !strchr(number, ':') ? number : NULL;
	}
	free(copy);
}

/* --- what is made of them ----------------------------------------------------------------------
 */

void leftover_gives_ids(struct leftovers *leftovers, const char *ids)
{
	char *copy = strdup(ids), *cursor = copy, *item;
	struct leftover_device *entry;
	struct selector selector;
	size_t i, matches;

	while (copy && (item = param_item(&cursor, ","))) {
		if (selector_parse_kernel_id(item, &selector))
			continue;
		for (matches = i = 0; i < leftovers->count; i++)
			matches += device_matches(&selector, &leftovers->device[i].device);
		for (i = 0; i < leftovers->count; i++) {
			entry = &leftovers->device[i];
			if (device_matches(&selector, &entry->device))
				*(matches == 1 ? &entry->given : &entry->unsure) = true;
		}
	}
	free(copy);
}

void leftover_gives_slot(struct leftovers *leftovers, const char *slot)
{
	size_t i;

	for (i = 0; i < leftovers->count; i++)
		if (strcmp(leftovers->device[i].device.slot, slot) == 0)
			leftovers->device[i].given = true;
}

void leftover_may_give_named(struct leftovers *leftovers)
{
	size_t i;

	for (i = 0; i < leftovers->count; i++)
		leftovers->device[i].unsure |= leftovers->device[i].named;
}

void leftover_remove(struct leftovers *leftovers, enum leftover_removal_way way, const char *word)
{
	struct findings *findings = &leftovers->check->findings;
	struct leftover_plan *plan = leftovers->plan;
	struct leftover_removal removal = { .way = way };

	if (!plan || !findings->last)
		return;
	removal.finding = (size_t)(findings->last - findings->list);
	removal.word = word ? strdup(word) : NULL;
	if ((word && !removal.word) ||
	    array_add(&plan->removal, &plan->removal_count, &removal, sizeof(removal)) < 0)
		findings->incomplete = true;
}

/* Returns true if another function has the same vendor and device ID. */
static bool has_twin(const struct leftovers *leftovers, const struct leftover_device *entry)
{
	const struct pci_id *id = &entry->device.id, *other;
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		other = &leftovers->device[i].device.id;
		if (&leftovers->device[i] != entry && other->vendor == id->vendor &&
		    other->device == id->device)
			return true;
	}
	return false;
}

static void note_gifts(struct leftovers *leftovers)
{
	struct leftover_plan *plan = leftovers->plan;
	const struct leftover_device *entry;
	struct leftover_gift gift;
	size_t i;

	for (i = 0; plan && i < leftovers->count; i++) {
		entry = &leftovers->device[i];
		if (!entry->given && !entry->unsure)
			continue;
		gift = (struct leftover_gift){ .id = entry->device.id,
					       .twins = has_twin(leftovers, entry),
					       .sure = entry->given || entry->claimed,
					       .boot_vga = entry->device.boot_vga,
					       .needed = entry->needed_for };
		memcpy(gift.slot, entry->device.slot, sizeof(gift.slot));
		if (array_add(&plan->gift, &plan->gift_count, &gift, sizeof(gift)) < 0)
			leftovers->check->findings.incomplete = true;
	}
}

/* --- reports -----------------------------------------------------------------------------------
 */

bool leftover_is_missed(const struct leftover_device *entry)
{
	return entry->needed_for || (entry->device.boot_vga && !entry->claimed);
}

/* Appends the named devices, and forgets them. Returns true if losing one of them is grave. */
static bool add_devices(struct leftovers *leftovers, struct text *line, struct string_set *slots)
{
	struct leftover_device *entry;
	const char *before = "; here it affects";
	bool grave = false;
	size_t i;

	for (i = 0; i < leftovers->count; i++) {
		entry = &leftovers->device[i];
		if (!entry->named)
			continue;
		entry->named = false;
		text_add(line, "%s %s", before, entry->device.slot);
		string_set_add(slots, entry->device.slot);
		before = ",";
		if (entry->needed_for)
			text_add(line, " (this system needs it for %s)", entry->needed_for);
		else if (entry->device.boot_vga)
			text_add(line, " (the boot display)");
		grave |= leftover_is_missed(entry);
	}
	return grave;
}

void leftover_found(struct leftovers *leftovers, const struct leftover_place *place,
		    enum level level, const char *format, ...)
{
	struct findings *findings = &leftovers->check->findings;
	struct string_set slots = { 0 };
	struct text line = { 0 };
	va_list args;
	char *what;
	size_t i;
	int len;

	va_start(args, format);
	len = vasprintf(&what, format, args);
	va_end(args);
	if (len < 0) {
		findings->incomplete = true;
		return;
	}
	if (add_devices(leftovers, &line, &slots))
		level = LEVEL_PROBLEM;
	leftovers->found++;
	if (place->path)
		finding_add_place(findings, level, place->topic, place->path, place->number, "%s%s",
				  what, line.data);
	else
		finding_add(findings, level, place->topic, "command line: %s%s", what, line.data);
	for (i = 0; i < slots.count; i++)
		finding_device(findings, slots.name[i]);
	string_set_free(&slots);
	free(what);
}

bool leftover_is_plain(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "_./:=,@+-";

	return text[strspn(text, plain)] == '\0';
}

void leftover_fix_remove(struct leftovers *leftovers, const char *path, bool recursive,
			 const char *then)
{
	struct findings *findings = &leftovers->check->findings;

	if (leftover_is_plain(path))
		finding_fix(findings, "rm %s%s%s%s", recursive ? "-r " : "", path,
			    then ? " && " : "", then ? then : "");
	else
		finding_fix(findings, "remove it%s%s", then ? " and run " : "", then ? then : "");
}

/* --- all of it ---------------------------------------------------------------------------------
 */

static void search(struct check *check, struct leftover_plan *plan)
{
	struct leftovers leftovers = { .check = check, .plan = plan };

	read_requests(&leftovers);
	read_devices(&leftovers);
	messages_mute(true);
	leftovers.kernel_is_open = kernel_open(&leftovers.kernel, check->sysroot, check->kver) == 0;
	messages_mute(false);
	leftovers_note_modprobe(&leftovers);
	leftovers_note_cmdline(&leftovers);

	leftovers_modprobe(&leftovers);
	leftovers_modules(&leftovers);
	leftovers_initramfs(&leftovers);
	leftovers_udev(&leftovers);
	leftovers_services(&leftovers);
	leftovers_cmdline(&leftovers);
	note_gifts(&leftovers);
	if (!leftovers.found)
		finding_add(&check->findings, LEVEL_OK, "leftovers",
			    "other guides: none of their settings are left");

	kernel_close(&leftovers.kernel);
	string_set_free(&leftovers.blacklist);
	string_set_free(&leftovers.seen);
	free(leftovers.device);
	boot_plan_free(&leftovers.boot_plan);
}

void check_leftovers(struct check *check)
{
	search(check, NULL);
}

int leftovers_collect(struct leftover_plan *plan, const char *sysroot, const char *running,
		      const char *kver)
{
	struct check check = {
		.sysroot = sysroot, .kver = kver, .running = running, .asked = running
	};

	search(&check, plan);
	plan->findings = check.findings;
	plan->findings.last = NULL;
	if (!check.findings.incomplete)
		return 0;
	message_errno(ENOMEM, "what other guides have left");
	return -1;
}

void leftover_plan_free(struct leftover_plan *plan)
{
	while (plan->removal_count)
		free(plan->removal[--plan->removal_count].word);
	free(plan->removal);
	free(plan->gift);
	findings_free(&plan->findings);
	*plan = (struct leftover_plan){ 0 };
}
