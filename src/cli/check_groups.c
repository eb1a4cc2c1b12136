/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_groups.c - what shares an IOMMU group with a claimed device, and what would help
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../sysfs.h"
#include "../text.h"
#include "check.h"
#include "paths.h"
#include "tree.h"

#define DEVICES "/sys/bus/pci/devices"

/* More selectors than that are not to be typed one by one. */
#define MANY 8

/* What is in a group besides claimed devices. */
struct neighbours {
	const struct check *check;
	const struct next_boot *next;
	const struct decision *claim; /* whose group it is */
	int sys;                      /* see ../sysfs.h */
	size_t count;
	size_t bound;      /* those that have a driver now */
	size_t elsewhere;  /* those that are on another card */
	struct text names; /* "0000:03:00.0 (nvme), 0000:03:00.1" */
	struct text
		stays; /* "; this system needs 0000:03:00.0 for /", why those cannot be claimed */
	struct names words; /* "02:00.*" and "03:00.0", which claim them all */
};

/* --- who is there ------------------------------------------------------------------------------
 */

/* Bridges do not matter, and pci-stub keeps nothing from a virtual machine. */
static bool is_in_the_way(const struct decision *decision)
{
	return decision->verdict != VERDICT_CLAIM && !decision->device->bridge &&
	       strcmp(decision->device->driver, "pci-stub") != 0;
}

static bool is_of_group(const struct decision *decision, const char *group)
{
	return strcmp(decision->device->group, group) == 0;
}

/* How much of a slot is its card's: up to the dot. */
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
	const struct requests *requests = &neighbours->next->outlook.requests;
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

/* The decision on a function of the group, or NULL when it is none of it. */
static const struct decision *find(const struct neighbours *neighbours, const char *slot)
{
	const struct plan *plan = &neighbours->next->outlook.plan;
	size_t i;

	for (i = 0; i < plan->count; i++)
		if (strcmp(plan->decisions[i].device->slot, slot) == 0 &&
		    is_of_group(&plan->decisions[i], neighbours->claim->device->group))
			return &plan->decisions[i];
	return NULL;
}

/* Whether the card of @slot has several functions, all of this group: ".*" takes no others then. */
static bool is_whole_card(const struct neighbours *neighbours, const char *slot)
{
	char function[NAME_SIZE];
	size_t number, count = 0;

	for (number = 0; number < 8; number++) {
		snprintf(function, sizeof(function), "%.*s.%zu", card_length(slot), slot, number);
		if (!tree_has(neighbours->check->sysroot, DEVICES "/%s", function))
			continue;
		if (!find(neighbours, function))
			return false;
		count++;
	}
	return count > 1;
}

/* Domain 0000 may be left out. */
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
	names_add(&neighbours->words, word);
}

static void add_neighbour(struct neighbours *neighbours, const struct decision *decision)
{
	const struct device *device = decision->device;
	char driver[NAME_SIZE];

	/* The snapshot is of a boot at which nothing has one yet. */
	pci_link(neighbours->sys, device->slot, "driver", driver);
	text_add(&neighbours->names, "%s%s%s%s%s", neighbours->count ? ", " : "", device->slot,
		 driver[0] ? " (" : "", driver, driver[0] ? ")" : "");
	neighbours->count++;
	neighbours->bound += driver[0] != '\0';
	neighbours->elsewhere += !is_same_card(device, neighbours->claim->device);
	note_stay(neighbours, device);
	add_word(neighbours, device->slot);
}

/* --- what is said ------------------------------------------------------------------------------
 */

/* Whether one of the words is "02:00.*", which takes the slot @word, "02:00.0", as well. */
static bool is_covered(const struct names *words, const char *word)
{
	char all[NAME_SIZE];

	snprintf(all, sizeof(all), "%.*s.*", card_length(without_domain(word)),
		 without_domain(word));
	return strlen(word) == (size_t)card_length(word) + 2 && names_have(words, all);
}

/* Appends what was asked for on the command, but for what the new words take as well. */
static void add_asked(struct text *line, const char *asked, const struct names *words)
{
	char *copy = strdup(asked + strcspn(asked, "=") + 1), *rest, *word;

	for (word = copy ? strtok_r(copy, ",", &rest) : NULL; word;
	     word = strtok_r(NULL, ",", &rest))
		if (!is_covered(words, word))
			text_add(line, "%s%s", line->length ? "," : "", word);
	free(copy);
}

static void helps_to_claim(struct check *check, const struct neighbours *neighbours)
{
	const struct selector *because = neighbours->claim->because;
	const struct names none = { 0 }, *words = &neighbours->words;
	bool given = devices_are_named(check), many = words->count > MANY;
	struct text line;
	size_t i;

	text_set(&line, "%s", "");
	if (given)
		add_asked(&line, check->asked, many ? &none : words);
	else if (many)
		text_add(&line, "%s", because->text);
	for (i = 0; !many && i < words->count; i++)
		text_add(&line, "%s%s", line.length ? "," : "", words->name[i]);
	helps(&check->findings, "vfio-claim enable %s%s%s'%s'", given ? "" : "--add ",
	      !given && strcmp(because->param, "claim") == 0 ? "--config " : "",
	      many ? "--group " : "", line.data);
}

/* Where only the card's own functions are in the way, nothing else is needed to claim them all. */
static const char *what_helps(const struct neighbours *neighbours)
{
	if (!neighbours->elsewhere && !neighbours->stays.length)
		return "claim the card as a whole";
	return neighbours->stays.length
		       ? "put the card into another slot, or split the group with "
			 "pcie_acs_override=downstream,multifunction: that takes a patched kernel, "
			 "and a guest can then reach into devices of the host"
		       : "claim the group as a whole, put the card into another slot, or split the "
			 "group with pcie_acs_override=downstream,multifunction: that takes a "
			 "patched kernel, and a guest can then reach into devices of the host";
}

static void tell(struct check *check, const struct neighbours *neighbours)
{
	const struct device *device = neighbours->claim->device;
	bool one = neighbours->count == 1;

	if (!neighbours->count) {
		found(&check->findings, LEVEL_OK, "group",
		      "%s: nothing else is in its IOMMU group %s that would stay with the host",
		      device->slot, device->group);
		return;
	}
	found(&check->findings, neighbours->bound ? LEVEL_PROBLEM : LEVEL_WARNING, "group",
	      "%s: its IOMMU group %s also has %s, which with %s own driver keep%s it from any "
	      "virtual machine%s; %s",
	      device->slot, device->group, neighbours->names.data, one ? "its" : "their",
	      one ? "s" : "", neighbours->stays.data, what_helps(neighbours));
	if (!neighbours->stays.length)
		helps_to_claim(check, neighbours);
}

/* The machine's /sys, or -1. */
static int open_sys(const char *sysroot)
{
	char *path = path_below(sysroot, "/sys");
	int sys = path ? open(path, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	free(path);
	return sys;
}

/* Whether no claimed device before it is in the same group. */
static bool is_first_of_group(const struct plan *plan, const struct decision *decision)
{
	const struct decision *other = plan->decisions;

	while (other->verdict != VERDICT_CLAIM || !is_of_group(other, decision->device->group))
		other++;
	return other == decision;
}

void check_group(struct check *check, const struct next_boot *next, const struct decision *claim)
{
	struct neighbours neighbours = { .check = check, .next = next, .claim = claim };
	const struct plan *plan = &next->outlook.plan;
	const struct decision *other;
	size_t i;

	if (!claim->device->group[0] || !is_first_of_group(plan, claim))
		return;
	neighbours.sys = open_sys(check->sysroot);
	for (i = 0; i < plan->count; i++) {
		other = &plan->decisions[i];
		if (is_of_group(other, claim->device->group) && is_in_the_way(other))
			add_neighbour(&neighbours, other);
	}
	if (neighbours.sys >= 0)
		close(neighbours.sys);
	tell(check, &neighbours);
	names_free(&neighbours.words);
}
