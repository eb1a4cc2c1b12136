/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete.c - vfio-claim complete: called by the completion files of the shells
 *
 * Hidden. `vfio-claim complete -- WORD...` prints the candidates for the last WORD, given those
 * before it: one on a line, with a description after a tab. The shell completes the names of files
 * itself: then the only line is ":file" or ":directory".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/named/named_entries.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "../machine/device_kinds.h"
#include "command.h"

#define DEVICES      "/sys/bus/pci/devices"
#define CLASS_BRIDGE "0x0604"

/* The command line so far. */
struct line {
	const struct command *command;    /* NULL: none yet */
	const struct option_def *pending; /* the option whose value the last word is, or NULL */
	bool only_operands;               /* after a "--" */
	const char *sysroot;
	const char *word; /* the word to complete */
	int kept;         /* length of the part of it that stays: "--keep=", "SEL," */
};

static void offer(const struct line *line, const char *candidate, const char *what)
{
	const char *rest = line->word + line->kept;

	if (strncmp(candidate, rest, strlen(rest)) != 0)
		return;
	printf("%.*s%s%s%s\n", line->kept, line->word, candidate, what ? "\t" : "",
	       what ? what : "");
}

static void offer_commands(const struct line *line)
{
	size_t i;

	for (i = 0; commands[i]; i++)
		if (commands[i]->group)
			offer(line, commands[i]->name, commands[i]->purpose);
}

static void offer_options(const struct line *line, const struct option_def *options)
{
	char option[80];

	for (; options->name; options++) {
		snprintf(option, sizeof(option), "--%s", options->name);
		offer(line, option, options->help);
	}
}

/* Offers the words of @list, which @separators separate. */
static void offer_words(const struct line *line, const char *list, const char *separators)
{
	char *copy = strdup(list), *state, *word;

	if (!copy)
		return;
	for (word = strtok_r(copy, separators, &state); word;
	     word = strtok_r(NULL, separators, &state))
		offer(line, word, NULL);
	free(copy);
}

/* Returns "10de:1e07", from malloc(3), or NULL if sysfs does not have it. */
static char *describe(const struct line *line, const char *slot)
{
	char *vendor = sysroot_read(line->sysroot, DEVICES "/%s/vendor", slot);
	char *device = sysroot_read(line->sysroot, DEVICES "/%s/device", slot);
	char *text = NULL;

	/* Both begin with "0x". */
	if (vendor && device && strlen(vendor) > 2 && strlen(device) > 2 &&
	    asprintf(&text, "%s:%s", vendor + 2, device + 2) < 0)
		text = NULL;
	free(device);
	free(vendor);
	return text;
}

static bool is_bridge(const struct line *line, const char *slot)
{
	char *class = sysroot_read(line->sysroot, DEVICES "/%s/class", slot);
	bool is = class && strncmp(class, CLASS_BRIDGE, strlen(CLASS_BRIDGE)) == 0;

	free(class);
	return is;
}

/* Offers all functions of the card that has @slot, or all that is behind the bridge there. */
static void offer_several(const struct line *line, const char *slot, bool bridge)
{
	size_t len = strlen(slot);
	char several[len + 3];

	if (bridge) {
		snprintf(several, sizeof(several), "%s/*", slot);
		offer(line, several, "everything behind this bridge");
	} else if (len > 2 && strcmp(slot + len - 2, ".1") == 0) {
		snprintf(several, sizeof(several), "%.*s*", (int)len - 1, slot);
		offer(line, several, "all functions of this card");
	}
}

/* Offers a slot, without its domain unless that was typed, and what begins with it and names
 * several. */
static void offer_slot(const struct line *line, const char *slot)
{
	char *what = describe(line, slot);
	bool bridge = is_bridge(line, slot);

	if (strncmp(slot, "0000:", 5) == 0 && strncmp(line->word + line->kept, "0000:", 5) != 0)
		slot += 5;
	offer(line, slot, what);
	offer_several(line, slot, bridge);
	free(what);
}

static void offer_slots(struct line *line)
{
	const char *comma = strrchr(line->word + line->kept, ',');
	struct string_set slots = sysroot_list(line->sysroot, DEVICES);
	size_t i;

	if (comma)
		line->kept = (int)(comma + 1 - line->word);
	for (i = 0; i < slots.count; i++)
		offer_slot(line, slots.name[i]);
	string_set_free(&slots);
}

/* Offers the slots of devices that can have virtual functions, with @rest behind each. */
static void offer_physical(struct line *line, const char *rest)
{
	struct string_set slots = sysroot_list(line->sysroot, DEVICES);
	char what[40], *candidate, *total;
	size_t i;

	for (i = 0; i < slots.count; i++) {
		total = sysroot_read(line->sysroot, DEVICES "/%s/sriov_totalvfs", slots.name[i]);
		if (total && strcmp(total, "0") != 0 &&
		    asprintf(&candidate, "%s%s", slots.name[i], rest) >= 0) {
			snprintf(what, sizeof(what), "at most %s", total);
			offer(line, candidate, what);
			free(candidate);
		}
		free(total);
	}
	string_set_free(&slots);
}

static void offer_kernels(const struct line *line)
{
	struct string_set kernels = sysroot_list(line->sysroot, "/lib/modules");
	size_t i;

	for (i = 0; i < kernels.count; i++)
		offer(line, kernels.name[i], NULL);
	string_set_free(&kernels);
}

static void offer_entries(const struct line *line)
{
	struct named_entries all;
	size_t i;

	named_entries_read(&all, line->sysroot);
	for (i = 0; i < all.count; i++)
		offer(line, all.item[i].name, all.item[i].words);
	named_entries_free(&all);
}

/* @name: the name of a value or an operand in the table. */
static void offer_values(struct line *line, const char *name)
{
	if (strcmp(name, "SEL") == 0)
		offer_slots(line);
	else if (strcmp(name, "SLOT:N") == 0)
		offer_physical(line, ":");
	else if (strcmp(name, "SLOT") == 0)
		offer_physical(line, "");
	else if (strcmp(name, "KVER") == 0)
		offer_kernels(line);
	else if (strcmp(name, "KIND") == 0)
		offer_words(line, KIND_WORDS, ", ");
	else if (strcmp(name, "NAME") == 0)
		offer_entries(line);
	else if (strcmp(name, "COMMAND") == 0)
		offer_commands(line);
	else if (strcmp(name, "DIR") == 0)
		puts(":directory");
	else if (strcmp(name, "FILE") == 0)
		puts(":file");
	else if (strchr(name, '|'))
		offer_words(line, name, "|");
}

static void offer_all(struct line *line)
{
	const struct command *command = line->command;

	if (line->pending) {
		offer_values(line, line->pending->value);
	} else if (line->word[0] == '-' && !line->only_operands) {
		offer_options(line, command ? command->options : global_options);
		offer_options(line, common_options);
	} else if (!command) {
		offer_commands(line);
	} else if (command->operand.name) {
		offer_values(line, command->operand.name);
	}
}

/* Returns the option @word, or NULL. *@value: what follows its '=', or NULL. */
static const struct option_def *find_option(const struct line *line, const char *word,
					    const char **value)
{
	const char *equals = strchr(word, '=');
	size_t len = equals ? (size_t)(equals - word) : strlen(word);

	*value = equals ? equals + 1 : NULL;
	if (line->only_operands || len <= 2 || strncmp(word, "--", 2) != 0)
		return NULL;
	return option_find(line->command ? line->command->options : global_options, word + 2,
			   len - 2);
}

/* Reads a word before the last one. */
static void read_word(struct line *line, const char *word)
{
	const struct option_def *option = line->pending;
	const char *value = word;

	if (!option)
		option = find_option(line, word, &value);
	line->pending = option && option->value && !value ? option : NULL;
	if (option && value && option == common_options)
		line->sysroot = value;
	if (option || word[0] == '-')
		line->only_operands |= strcmp(word, "--") == 0 && !option;
	else if (!line->command)
		line->command = command_find(word);
}

static void read_last(struct line *line, const char *word)
{
	const struct option_def *option;
	const char *value;

	line->word = word;
	if (line->pending)
		return;
	option = find_option(line, word, &value);
	if (!option || !option->value || !value)
		return;
	line->pending = option;
	line->kept = (int)(value - word);
}

static int run(const char *sysroot, const struct arguments *args)
{
	struct line line = { .sysroot = sysroot };
	int i;

	if (args->at >= args->count)
		return usage_error(args, "it needs the words of a command line");
	for (i = args->at; i < args->count - 1; i++)
		read_word(&line, args->word[i]);
	read_last(&line, args->word[i]);
	messages_mute(true);
	offer_all(&line);
	return EXIT_OK;
}

static const struct option_def options[] = { { .name = NULL } };

static const struct help_item statuses[] = { { "0", "done" }, STATUS_USAGE };

const struct command complete_command = {
	.name = "complete",
	.synopsis = "-- WORD...",
	.help = "For the completion files of shells: prints the candidates for the last WORD.",
	.options = options,
	.operand = { .name = "WORD" },
	.statuses = statuses,
	.run = run,
};
