/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_groups.c - the other members of claimed devices' IOMMU groups, and what to do about them
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/sysfs.h"
#include "../../core/text.h"
#include "../../host/sysroot_files.h"
#include "../../plan/losses.h"
#include "check.h"

#define DEVICES "/sys/bus/pci/devices"

/* The most selectors to propose. */
#define MANY 8

/* The members of a group that are not claimed. */
struct neighbours {
	const struct check *check;
	const struct next_boot *next;
	const struct decision *claim; /* whose group it is */
	size_t count;
	size_t bound;      /* how many have a driver now */
	size_t elsewhere;  /* how many are on another card */
	struct text names; /* "0000:03:00.0 (nvme), 0000:03:00.1" */
	struct text
		stays; /* "; this system needs 0000:03:00.0 for /": why some cannot be claimed */
	struct text loses; /* "; 0000:00:14.0 has the only keyboard": what is lost with them */
	struct text
		twins; /* "; 10de:1e07 also names 0000:01:00.0, the boot display: use the slot" */
	struct string_set slots; /* theirs */
	struct string_set words; /* the selectors that claim them all: "02:00.*", "03:00.0" */
};

/* --- members -----------------------------------------------------------------------------------
 */

static bool is_of_group(const struct decision *decision, const char *group)
{
	return strcmp(decision->device->group, group) == 0;
}

/* Returns the length of the card's part of a slot: up to the dot. */
static int card_length(const char *slot)
{
	return (int)strcspn(slot, ".");
}

static bool is_same_card(const struct device *a, const struct device *b)
{
	int len = card_length(a->slot);

	return len == card_length(b->slot) && strncmp(a->slot, b->slot, (size_t)len) == 0;
}

/* Notes why the device cannot be claimed, if it cannot. */
static void note_stay(struct neighbours *neighbours, const struct device *device)
{
	const struct requests *requests = &neighbours->next->boot_plan.requests;
	const struct selector *needed = device_first(&requests->protected, device, device_matches);
	const struct selector *keep = device_first(&requests->keeps, device, device_matches);

	if (needed)
		text_add(&neighbours->stays, "; this system needs %s for %s", device->slot,
			 needed->param);
	else if (keep)
		text_add(&neighbours->stays, "; %s=%s keeps %s", keep->param, keep->text,
			 device->slot);
}

/* --- the words that claim them -----------------------------------------------------------------
 */

/* Returns the decision on a function of the group, or NULL if it is not in the group. */
static const struct decision *find(const struct neighbours *neighbours, const char *slot)
{
	const struct plan *plan = &neighbours->next->boot_plan.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (strcmp(plan->decisions[i].device->slot, slot) == 0 &&
		    is_of_group(&plan->decisions[i], neighbours->claim->device->group))
			return &plan->decisions[i];
	return NULL;
}

/* Returns true if it is part of the board, such as an ISA bridge, and not in the way. */
static bool is_boards(const struct decision *decision)
{
	return decision->verdict != VERDICT_CLAIM && !decision->in_the_way &&
	       strstr(decision->device->alias, "bc06");
}

/*
 * Returns true if the card of @slot has several functions, all in this group and none of them part
 * of the board: then ".*" can claim them.
 */
static bool is_whole_card(const struct neighbours *neighbours, const char *slot)
{
	const struct decision *decision;
	char function[NAME_SIZE];
	size_t number, count = 0;

	for (number = 0; number < 8; number++) {
		snprintf(function, sizeof(function), "%.*s.%zu", card_length(slot), slot, number);
		if (!sysroot_has(neighbours->check->sysroot, DEVICES "/%s", function))
			continue;
		decision = find(neighbours, function);
		if (!decision || is_boards(decision))
			return false;
		count++;
	}
	return count > 1;
}

/* Domain 0000 can be omitted. */
static const char *without_domain(const char *slot)
{
	return strncmp(slot, "0000:", 5) == 0 ? slot + 5 : slot;
}

static void add_word(struct neighbours *neighbours, const char *slot)
{
	const char *name = without_domain(slot);
	char word[NAME_SIZE];

	if (is_whole_card(neighbours, slot))
		snprintf(word, sizeof(word), "%.*s.*", card_length(name), name);
	else
		snprintf(word, sizeof(word), "%s", name);
	string_set_add(&neighbours->words, word);
}

static void add_neighbour(struct neighbours *neighbours, const struct decision *decision)
{
	const struct device *device = decision->device;
	const char *driver = device->driver;

	text_add(&neighbours->names, "%s%s%s%s%s", neighbours->count ? ", " : "", device->slot,
		 driver[0] ? " (" : "", driver, driver[0] ? ")" : "");
	string_set_add(&neighbours->slots, device->slot);
	neighbours->count++;
	neighbours->bound += driver[0] != '\0';
	neighbours->elsewhere += !is_same_card(device, neighbours->claim->device);
	note_stay(neighbours, device);
	losses_add(&neighbours->loses, neighbours->check->sysroot,
		   &neighbours->next->boot_plan.plan, device);
	add_word(neighbours, device->slot);
}

/* --- the finding -------------------------------------------------------------------------------
 */

/* Returns true if one of the words, "02:00.*", covers the slot @word, "02:00.0". */
static bool is_covered(const struct string_set *words, const char *word)
{
	char all[NAME_SIZE];

	snprintf(all, sizeof(all), "%.*s.*", card_length(without_domain(word)),
		 without_domain(word));
	return strlen(word) == (size_t)card_length(word) + 2 && string_set_have(words, all);
}

/* Adds a word to the line, unless one of @words covers it. */
static void add_unless_covered(struct text *line, const char *word, const struct string_set *words)
{
	if (!is_covered(words, word) && !string_set_have(words, word))
		text_add(line, "%s%s", line->length ? "," : "", word);
}

/* Returns the claim @word if it is an ID that names several devices, or NULL. */
static const struct selector *find_twins(const struct neighbours *neighbours, const char *word)
{
	const struct requests *requests = &neighbours->next->boot_plan.requests;
	const struct plan *plan = &neighbours->next->boot_plan.plan;
	const struct selector *claim;
	size_t i, j, count = 0;

	for (i = 0; i < requests->claims.count; i++) {
		claim = &requests->claims.item[i];
		if (claim->kind != SELECTOR_ID || strcmp(claim->text, word) != 0)
			continue;
		for (j = 0; j < plan->count; j++)
			count += device_is_meant(claim, plan->decisions[j].device);
		return count > 1 ? claim : NULL;
	}
	return NULL;
}

/* Appends the slots of the devices that an ID names, except the boot display, instead of the ID. */
static void add_twins(struct neighbours *neighbours, struct text *line,
		      const struct selector *claim, const struct string_set *words)
{
	const struct plan *plan = &neighbours->next->boot_plan.plan;
	const char *group = neighbours->claim->device->group;
	const struct decision *twin;
	size_t i;

	for (i = 0; i < plan->count; i++) {
		twin = &plan->decisions[i];
		if (!device_is_meant(claim, twin->device) || twin->verdict != VERDICT_CLAIM)
			continue;
		if (!is_of_group(twin, group))
			text_add(&neighbours->twins, "; %s also names %s%s: use the slot",
				 claim->text, twin->device->slot,
				 twin->device->boot_vga ? ", the boot display" : "");
		if (is_of_group(twin, group) || !twin->device->boot_vga)
			add_unless_covered(line, without_domain(twin->device->slot), words);
	}
}

/* Appends the selectors of the command, except those that the new words cover. */
static void add_asked(struct neighbours *neighbours, struct text *line,
		      const struct string_set *words)
{
	const char *asked = neighbours->check->asked;
	char *copy = strdup(asked + strcspn(asked, "=") + 1), *rest, *word;
	const struct selector *twins;

	for (word = copy ? strtok_r(copy, ",", &rest) : NULL; word;
	     word = strtok_r(NULL, ",", &rest)) {
		twins = find_twins(neighbours, word);
		if (twins)
			add_twins(neighbours, line, twins, words);
		else
			add_unless_covered(line, word, words);
	}
	free(copy);
}

/* Sets @line to the selectors with which 'vfio-claim enable' claims the whole group. */
static void make_words(struct neighbours *neighbours, struct text *line)
{
	const struct selector *because = neighbours->claim->because;
	const struct string_set none = { 0 }, *words = &neighbours->words;
	bool many = words->count > MANY;
	size_t i;

	text_set(line, "%s", "");
	if (devices_are_named(neighbours->check))
		add_asked(neighbours, line, many ? &none : words);
	else if (many && find_twins(neighbours, because->text))
		add_twins(neighbours, line, because, &none);
	else if (many)
		text_add(line, "%s", because->text);
	for (i = 0; !many && i < words->count; i++)
		text_add(line, "%s%s", line->length ? "," : "", words->name[i]);
}

static void fix_claim(struct check *check, const struct neighbours *neighbours, const char *words)
{
	const struct selector *because = neighbours->claim->because;
	bool given = devices_are_named(check);

	finding_fix(&check->findings, "vfio-claim enable %s%s%s'%s'", given ? "" : "--add ",
		    !given && strcmp(because->param, "claim") == 0 ? "--config " : "",
		    neighbours->words.count > MANY ? "--group " : "", words);
}

/* If only functions of the same card are in the way, claiming them all is enough. */
static const char *advice(const struct neighbours *neighbours)
{
	if (!neighbours->elsewhere && !neighbours->stays.length)
		return is_whole_card(neighbours, neighbours->claim->device->slot)
			       ? "claim the card as a whole"
			       : "claim them as well";
	return neighbours->stays.length
		       ? "put the card into another slot, or split the group with "
			 "pcie_acs_override=downstream,multifunction: that takes a patched kernel, "
			 "and a guest can then reach into devices of the host"
		       : "claim the group as a whole, put the card into another slot, or split the "
			 "group with pcie_acs_override=downstream,multifunction: that takes a "
			 "patched kernel, and a guest can then reach into devices of the host";
}

/* Devices behind a VMD controller can only be passed through with the controller. */
static void tell_of_vmd(struct check *check, const struct neighbours *neighbours)
{
	const struct decision *claim = neighbours->claim;
	const char *vmd = claim->spoiler->device->slot;

	finding_add_device(
		&check->findings, LEVEL_PROBLEM, "group", claim->device->slot,
		"it cannot be passed through: it is behind the VMD controller %s, whose devices "
		"cannot be separated; claim the controller, which takes everything behind it from "
		"the host%s%s, or turn VMD off in the firmware setup",
		vmd, neighbours->stays.data, neighbours->loses.data);
	finding_device(&check->findings, vmd);
	if (!neighbours->stays.length)
		finding_fix(&check->findings, "vfio-claim enable '%s'", without_domain(vmd));
}

static void tell_of_neighbours(struct check *check, struct neighbours *neighbours)
{
	const struct device *device = neighbours->claim->device;
	bool one = neighbours->count == 1, claimable = !neighbours->stays.length;
	struct text words;
	size_t i;

	if (claimable)
		make_words(neighbours, &words);
	finding_add_device(&check->findings, neighbours->bound ? LEVEL_PROBLEM : LEVEL_WARNING,
			   "group", device->slot,
			   "its IOMMU group %s also has %s, which with %s own driver keep%s it "
			   "from being passed through%s; %s%s%s",
			   device->group, neighbours->names.data, one ? "its" : "their",
			   one ? "s" : "", neighbours->stays.data, advice(neighbours),
			   claimable ? neighbours->loses.data : "", neighbours->twins.data);
	for (i = 0; i < neighbours->slots.count; i++)
		finding_device(&check->findings, neighbours->slots.name[i]);
	if (claimable)
		fix_claim(check, neighbours, words.data);
}

static void tell(struct check *check, struct neighbours *neighbours)
{
	const struct decision *claim = neighbours->claim;

	if (decision_is_behind_vmd(claim))
		tell_of_vmd(check, neighbours);
	else if (neighbours->count)
		tell_of_neighbours(check, neighbours);
	else
		finding_add_device(&check->findings, LEVEL_OK, "group", claim->device->slot,
				   "nothing else in its IOMMU group %s would stay with the host",
				   claim->device->group);
}

void check_group(struct check *check, const struct next_boot *next, const struct decision *claim)
{
	struct neighbours neighbours = { .check = check, .next = next, .claim = claim };
	const struct plan *plan = &next->boot_plan.plan;
	const struct decision *other;
	size_t i;

	if (!claim->device->group[0] || string_set_have(&check->groups, claim->device->group))
		return;
	string_set_add(&check->groups, claim->device->group);
	for (i = 0; i < plan->count; i++) {
		other = &plan->decisions[i];
		if (other->in_the_way && is_of_group(other, claim->device->group))
			add_neighbour(&neighbours, other);
	}
	tell(check, &neighbours);
	string_set_free(&neighbours.slots);
	string_set_free(&neighbours.words);
}
