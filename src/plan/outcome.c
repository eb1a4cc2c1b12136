/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "outcome.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_config.h"
#include "../bootloader/boot_menu.h"
#include "../bootloader/cmdline_removal.h"
#include "../bootloader/menu_default.h"
#include "../core/text.h"
#include "../core/words.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/printable.h"
#include "reboot_due.h"

#define IDS "vfio-pci.ids"

/* --- what is claimed ---------------------------------------------------------------------------
 */

char *outcome_slots(const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	char *text = NULL;
	size_t len, i;
	FILE *out = open_memstream(&text, &len);

	for (i = 0; out && i < plan->count; i++)
		if (next_boot_claims(next, &plan->decisions[i]))
			fprintf(out, "%s%s", ftell(out) > 0 ? " " : "",
				plan->decisions[i].device->slot);
	if (out && fclose(out) == 0)
		return text;
	free(text);
	message_errno(ENOMEM, "the devices");
	return NULL;
}

static bool is_of_ids(const struct selector *claim)
{
	return strncmp(claim->param, "rd.", 3) != 0 && strstr(claim->param, ".ids");
}

/* Returns true if all devices that @claim names are kept. */
static bool is_kept(const struct plan *plan, const struct selector *claim)
{
	const struct decision *decision;
	bool kept = false;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		decision = &plan->decisions[i];
		if (decision->verdict == VERDICT_PASSED || !device_matches(claim, decision->device))
			continue;
		if (decision->verdict != VERDICT_KEEP)
			return false;
		kept = true;
	}
	return kept;
}

const struct selector *outcome_kept(const struct next_boot *next)
{
	const struct selectors *claims = &next->boot_plan.requests.claims;
	size_t i;

	for (i = 0; i < claims->count; i++)
		if (!is_of_ids(&claims->item[i]) &&
		    is_kept(&next->boot_plan.plan, &claims->item[i]))
			return &claims->item[i];
	return NULL;
}

/* Returns true if everything requested is claimed. */
static bool is_complete(const struct next_boot *next)
{
	const struct boot_plan *boot_plan = &next->boot_plan;
	const struct decision *decision;
	struct text why;
	size_t i;

	if (next->unfit || boot_plan->requests.off || boot_plan->requests.complaint_count ||
	    outcome_kept(next))
		return false;
	for (i = 0; i < next->vfs.count; i++)
		if (next_boot_refuses_vfs(&why, next, &next->vfs.list[i]))
			return false;
	for (i = 0; i < boot_plan->plan.unmatched_count; i++)
		if (!next_boot_is_late(next, boot_plan->plan.unmatched[i]))
			return false;
	for (i = 0; i < boot_plan->plan.count; i++) {
		decision = &boot_plan->plan.decisions[i];
		if (decision->because && decision->verdict != VERDICT_CLAIM &&
		    decision->verdict != VERDICT_KEEP && decision->verdict != VERDICT_PASSED &&
		    decision->verdict != VERDICT_NEIGHBOUR)
			return false;
	}
	return true;
}

/* --- reading it back ---------------------------------------------------------------------------
 */

/* Reads what the lasting default entry will do, printing nothing. Returns 0 or -1. */
static int read_back(const char *sysroot, struct next_line *line, struct next_boot *next)
{
	int result;

	*next = (struct next_boot){ 0 };
	messages_mute(true);
	result = next_line_find_lasting(line, sysroot);
	if (result == 0)
		result = next_boot_find(next, sysroot, line->cmdline, line->kver);
	messages_mute(false);
	return result;
}

static void release(struct next_line *line, struct next_boot *next)
{
	next_boot_free(next);
	next_line_free(line);
}

static void say_other(const struct next_line *line, const struct decision *decision)
{
	struct text text;

	text_set(&text, "the boot menu's default entry, in %s, would also claim %s", line->file,
		 decision->device->slot);
	words_of_request(&text, decision);
	message_error("%s, which was not foreseen; remove that from the kernel command line first",
		      text.data);
}

int outcome_check(const char *sysroot, const char *slots)
{
	struct next_line line;
	struct next_boot next;
	const struct plan *plan = &next.boot_plan.plan;
	int result = 0;
	size_t i;

	if (read_back(sysroot, &line, &next) == 0 && line.file)
		for (i = 0; i < plan->count; i++) {
			if (!next_boot_claims(&next, &plan->decisions[i]) ||
			    cmdline_has(slots, plan->decisions[i].device->slot))
				continue;
			say_other(&line, &plan->decisions[i]);
			result = -1;
		}
	release(&line, &next);
	return result;
}

/* --- old lists of IDs --------------------------------------------------------------------------
 */

/* Returns true if the device is named only by a list of IDs. */
static bool is_by_ids(const struct requests *requests, const struct decision *decision)
{
	const struct selectors *claims = &requests->claims;
	size_t i;

	if (!decision->because || !is_of_ids(decision->because))
		return false;
	for (i = 0; i < claims->count; i++)
		if (!is_of_ids(&claims->item[i]) &&
		    device_matches(&claims->item[i], decision->device))
			return false;
	return true;
}

void outcome_warn_of_ids(const char *sysroot, const struct next_line *line,
			 const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	char *value, *word = NULL, *how;
	struct text text;
	size_t i, count = 0;

	text_set(&text, "%s", "");
	for (i = 0; i < plan->count; i++) {
		if (!next_boot_claims(next, &plan->decisions[i]) ||
		    !is_by_ids(&next->boot_plan.requests, &plan->decisions[i]))
			continue;
		text_add(&text, "%s%s", count++ ? ", " : "", plan->decisions[i].device->slot);
	}
	value = count ? cmdline_value(line->cmdline, IDS) : NULL;
	if (value && asprintf(&word, IDS "=%s", value) < 0)
		word = NULL;
	how = word ? cmdline_removal(sysroot, line->file, word) : NULL;
	if (how)
		message_warning("%s on the kernel command line claims %zu device%s that you did "
				"not name (%s); to change that: %s",
				word, count, count == 1 ? "" : "s", text.data, how);
	free(how);
	free(word);
	free(value);
}

/* --- what is in doubt --------------------------------------------------------------------------
 */

const char *outcome_doubt(const struct next_boot *next)
{
	const struct plan *plan = &next->boot_plan.plan;
	size_t i;

	if (next->iommu.verdict == IOMMU_OFF)
		return "The claims are set, but the next boot will claim nothing unless it has an "
		       "IOMMU by then: see the warning.";
	if (next->iommu.verdict == IOMMU_UNKNOWN)
		return "The claims are set, but it is not known whether the next boot will have "
		       "the IOMMU that they need: after the reboot, check with 'vfio-claim "
		       "status'.";
	for (i = 0; i < plan->count; i++)
		if (plan->decisions[i].verdict == VERDICT_CLAIM &&
		    next_boot_is_ungrouped(next, plan->decisions[i].device))
			return "The claims are set, but vfio-pci will refuse what is in no IOMMU "
			       "group.";
	if (next->unknown)
		return "The claims are set, but it is not known whether the next boot's kernel can "
		       "do vfio:\nsee the warning.";
	return NULL;
}

/* --- what holds --------------------------------------------------------------------------------
 */

/* Returns true if the default entry of the menu is known. */
static bool is_certain(const char *sysroot)
{
	struct boot_menu menu;
	bool certain;

	boot_menu_read(&menu, sysroot);
	certain = !menu_default_lasting(&menu, sysroot).unknown;
	boot_menu_free(&menu);
	return certain;
}

/* Returns a sentence of the outcome; NULL without memory. */
static char *sentence_of_entry(const struct next_line *line, const char *what)
{
	char *sentence;

	if (asprintf(&sentence, "The claims are set, but the boot menu's default entry, in\n%s, %s",
		     line->file, what) < 0)
		return NULL;
	return sentence;
}

/* *@sure: set if nothing is in doubt. Returns as sentence_of_entry(). */
static char *sentence_of_set(const char *sysroot, const char *words, const struct next_line *line,
			     const struct next_boot *next, bool *sure)
{
	if (!line->file)
		return strdup("The claims are set, but no boot menu can be read to verify that the "
			      "next boot\nhas them.");
	if (!cmdline_has(line->cmdline, words))
		return sentence_of_entry(line, "does not have them.");
	if (line->recovery)
		return sentence_of_entry(line, "is for recovery, and images for that are built "
					       "without vfio-claim.");
	if (outcome_doubt(next))
		return strdup(outcome_doubt(next));
	if (!is_complete(next))
		return strdup("The claims are set, but the next boot will not claim everything "
			      "requested: see\n'vfio-claim plan'.");
	if (!is_certain(sysroot))
		return strdup("The claims are in all normal entries of the boot menu; it is not "
			      "known which of\nthem is the default.");
	*sure = true;
	return strdup("The claims take effect at the next boot; then check with 'vfio-claim "
		      "status'.");
}

/* Notes what the next boot claims and, if wanted, whether a reboot is due. */
static void look_at(struct outcome *outcome, const struct next_boot *next)
{
	outcome->slots = outcome_slots(next);
	if (outcome->wants_reboot && reboot_due(&outcome->reboot, next) == 0)
		outcome->reboot_is_known = true;
}

void outcome_foresee(struct outcome *outcome, const struct next_boot *next)
{
	look_at(outcome, next);
	outcome->sure = is_complete(next) && !outcome_doubt(next);
}

void outcome_find_set(struct outcome *outcome, const char *sysroot, const char *words)
{
	struct next_line line;
	struct next_boot next;

	if (read_back(sysroot, &line, &next) == 0) {
		look_at(outcome, &next);
		outcome->sentence = sentence_of_set(sysroot, words, &line, &next, &outcome->sure);
	} else {
		outcome->sentence = strdup("The claims are set, but what the next boot will do "
					   "with them is not known.");
	}
	release(&line, &next);
}

/* *@sure: set if nothing is in doubt. Returns as sentence_of_entry(). */
static char *sentence_of_cleared(const struct next_line *line, const char *slots, bool changed,
				 bool *sure)
{
	char *sentence;

	if (slots && line->file && slots[0]) {
		if (asprintf(&sentence, "The next boot still claims %s: see 'vfio-claim plan'.",
			     slots) < 0)
			return NULL;
		return sentence;
	}
	*sure = slots && line->file;
	if (!changed)
		return strdup("Nothing to change: no claim is set.");
	if (*sure)
		return strdup("Nothing is claimed from the next boot on.");
	return strdup("No claim is set any more, but no boot menu can be read to verify what the "
		      "next\nboot will do.");
}

void outcome_find_cleared(struct outcome *outcome, const char *sysroot, bool changed)
{
	struct next_line line;
	struct next_boot next;

	if (read_back(sysroot, &line, &next) == 0)
		look_at(outcome, &next);
	outcome->sentence = sentence_of_cleared(&line, outcome->slots, changed, &outcome->sure);
	if (outcome->slots && line.file && outcome->slots[0])
		outcome_warn_of_ids(sysroot, &line, &next);
	release(&line, &next);
}

void outcome_print(const struct outcome *outcome)
{
	const char *at = outcome->sentence;
	int len;

	while (at && *at) {
		len = (int)strcspn(at, "\n");
		print_line("%.*s", len, at);
		at += len + (at[len] == '\n');
	}
}

void outcome_free(struct outcome *outcome)
{
	free(outcome->sentence);
	free(outcome->slots);
	free(outcome->reboot);
	*outcome = (struct outcome){ 0 };
}
