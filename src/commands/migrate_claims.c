/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "migrate_claims.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/text.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/terminal.h"

/* Writes the selector of a device to @to: its ID, or its slot if it has a twin. */
static void selector_of(char *to, size_t size, const struct leftover_gift *gift)
{
	const char *slot = gift->slot;

	if (!gift->twins) {
		snprintf(to, size, "%04x:%04x", gift->id.vendor & 0xffff, gift->id.device & 0xffff);
		return;
	}
	text_skip(&slot, "0000:");
	snprintf(to, size, "%s", slot);
}

static int add(char **claims, const struct leftover_gift *gift)
{
	char selector[NAME_SIZE];

	selector_of(selector, sizeof(selector), gift);
	if (wishes_add(claims, selector) == 0)
		return 0;
	message_errno(ENOMEM, "the claims");
	return -1;
}

/* Adds what a device is, for messages: "0000:01:00.0 [10de:1e07] (the boot display)". */
static void add_device(struct text *line, const struct leftover_gift *gift)
{
	text_add(line, "%s [%04x:%04x]%s", gift->slot, gift->id.vendor & 0xffff,
		 gift->id.device & 0xffff, gift->boot_vga ? " (the boot display)" : "");
}

/* Asks about one device. Returns 0, or -1 after printing an error. */
static int ask_about(char **claims, const struct leftover_gift *gift)
{
	struct text question;

	text_set(&question, "The old settings may mean ");
	add_device(&question, gift);
	text_add(&question, ". Claim it?");
	return terminal_ask(question.data) ? add(claims, gift) : 0;
}

/* Returns true if a leftover may mean the device, and the user must say. */
static bool is_open(const struct leftover_gift *gift)
{
	return !gift->sure && !gift->needed;
}

/* Prints which devices the user must choose from. Returns -1. */
static int say_open(const struct leftover_plan *plan)
{
	const char *before = "";
	struct text line;
	size_t i;

	text_set(&line, "the old settings do not tell which of these devices are meant: ");
	for (i = 0; i < plan->gift_count; i++) {
		if (!is_open(&plan->gift[i]))
			continue;
		text_add(&line, "%s", before);
		add_device(&line, &plan->gift[i]);
		before = ", ";
	}
	message_error("%s; name those that are to be claimed: 'vfio-claim migrate SEL...'",
		      line.data);
	message_error("nothing was changed");
	return -1;
}

static bool any_open(const struct leftover_plan *plan)
{
	size_t i;

	for (i = 0; i < plan->gift_count; i++)
		if (is_open(&plan->gift[i]))
			return true;
	return false;
}

static void warn_of_needed(const struct leftover_plan *plan)
{
	struct text line;
	size_t i;

	for (i = 0; i < plan->gift_count; i++) {
		if (!plan->gift[i].needed)
			continue;
		text_set(&line, "%s", "");
		add_device(&line, &plan->gift[i]);
		message_warning("the old settings give %s to vfio-pci, and this system needs it: "
				"it is not claimed",
				line.data);
	}
}

int migrate_claims(char **claims, const struct leftover_plan *plan, const char *selectors, bool ask)
{
	const struct leftover_gift *gift;
	int result = 0;
	size_t i;

	*claims = NULL;
	if (!selectors && any_open(plan) && !(ask && terminal_has_person()))
		return say_open(plan);
	warn_of_needed(plan);
	for (i = 0; i < plan->gift_count && result == 0; i++) {
		gift = &plan->gift[i];
		if (gift->sure && !gift->needed)
			result = add(claims, gift);
		else if (!selectors && is_open(gift))
			result = ask_about(claims, gift);
	}
	if (result == 0 && selectors && wishes_add(claims, selectors) < 0) {
		message_errno(ENOMEM, "the claims");
		result = -1;
	}
	return result;
}
