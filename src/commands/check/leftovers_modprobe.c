/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_modprobe.c - in modprobe.d(5): ids=, install, softdep, blacklist, alias
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../core/text.h"
#include "../../host/messages.h"
#include "../../image/modprobe_conf.h"
#include "leftovers.h"

#define REMOVE "remove the line"

/* Returns true if the command of an "install" line does nothing. */
static bool is_nothing(const char *command)
{
	const char *end = command + strcspn(command, " \t\r");
	static const char *const nothings[] = { "/bin/false",    "/bin/true", "/usr/bin/false",
						"/usr/bin/true", "false",     "true" };
	size_t i;

	for (i = 0; i < sizeof(nothings) / sizeof(nothings[0]); i++)
		if (strncmp(command, nothings[i], (size_t)(end - command)) == 0 &&
		    !nothings[i][end - command])
			return true;
	return false;
}

/* Returns true if an "options" line disables a driver: "modeset=0". */
static bool has_modeset_off(const char *options)
{
	const char *at = strstr(options, "modeset=0");

	return at && (at == options || strchr(" \t\"", at[-1]));
}

/* Describes how a line keeps its module from loading or working; "" if it does not. */
static void words_of_blacklist(struct text *what, const struct modprobe_line *line)
{
	text_set(what, "%s", "");
	if (is_vfio_module(line->name))
		return;
	if (strcmp(line->command, "blacklist") == 0)
		text_set(what, "blacklist %s", line->written);
	else if (strcmp(line->command, "alias") == 0 && strcmp(line->rest, "off") == 0)
		text_set(what, "alias %s off", line->written);
	else if (strcmp(line->command, "install") == 0 && is_nothing(line->rest))
		text_set(what, "install %s %s", line->written, line->rest);
	else if (strcmp(line->command, "options") == 0 && has_modeset_off(line->rest))
		text_set(what, "options %s modeset=0", line->written);
}

static void note_line(void *to, struct modprobe_line *line)
{
	struct leftovers *leftovers = to;
	struct text what;

	words_of_blacklist(&what, line);
	if (what.length)
		string_set_add(&leftovers->blacklist, line->name);
}

void leftovers_note_modprobe(struct leftovers *leftovers)
{
	modprobe_conf_read(leftovers->check->sysroot, note_line, leftovers);
}

/* Reports the lines about which building an image also warns, in the same words. */
static bool tell_module(struct leftovers *leftovers, const struct leftover_place *place,
			struct modprobe_line *line)
{
	const char *ids, *advice;
	struct text text;

	advice = words_of_modprobe_line(&text, line, &ids);
	if (!advice)
		return false;
	if (ids) {
		leftover_gives_ids(leftovers, ids);
		leftover_names_ids(leftovers, ids);
	} else {
		leftover_names_command(leftovers, line->rest);
		leftover_may_give_named(leftovers);
	}
	leftover_found(leftovers, place, LEVEL_WARNING, "%s", text.data);
	finding_fix(&leftovers->check->findings, "%s", advice);
	leftover_remove(leftovers, ids ? REMOVAL_IDS : REMOVAL_LINE, NULL);
	return true;
}

/* With "alias pci:v000010DE... vfio-pci", kmod does not look for the device's own driver. */
static void tell_alias(struct leftovers *leftovers, const struct leftover_place *place,
		       const struct modprobe_line *line)
{
	size_t i;

	if (!strstr(line->rest, "vfio") && strncmp(line->rest, "pci-stub", 8) != 0 &&
	    strncmp(line->rest, "pci_stub", 8) != 0)
		return;
	for (i = 0; i < leftovers->count; i++)
		if (fnmatch(line->name, leftovers->device[i].device.alias, 0) == 0)
			leftovers->device[i].named = true;
	leftover_found(leftovers, place, LEVEL_WARNING,
		       "this 'alias' line loads %.*s in place of the device's own driver",
		       (int)strcspn(line->rest, " \t\r"), line->rest);
	finding_fix(&leftovers->check->findings, REMOVE);
	leftover_remove(leftovers, REMOVAL_LINE, NULL);
}

/* Returns true if a "softdep" line, "pre: a b post: c", names only modules of vfio. */
static bool has_only_vfio(const char *rest)
{
	char *copy = strdup(rest), *cursor = copy, *word, *c;
	bool only = copy;

	while (only && (word = strsep(&cursor, " \t\r\n"))) {
		for (c = word; *c; c++)
			if (*c == '-')
				*c = '_';
		only = !*word || strcmp(word, "pre:") == 0 || strcmp(word, "post:") == 0 ||
		       is_vfio_module(word);
	}
	free(copy);
	return only;
}

static void tell_other(struct leftovers *leftovers, const struct leftover_place *place,
		       struct modprobe_line *line)
{
	const char *command = line->command, *ids;
	struct string_set modules = { 0 };
	enum leftover_removal_way way = REMOVAL_LINE;
	const char *fix = REMOVE;
	struct text what;
	bool told;

	words_of_blacklist(&what, line);
	if (what.length) {
		way = REMOVAL_NONE; /* there may be other reasons */
		string_set_add(&modules, line->name);
		told = leftover_blacklist(leftovers, place, &modules, what.data);
		string_set_free(&modules);
		if (!told)
			return;
	} else if (strcmp(command, "alias") == 0) {
		tell_alias(leftovers, place, line);
		return;
	} else if (strcmp(command, "blacklist") == 0 && is_vfio_module(line->name)) {
		leftover_found(leftovers, place, LEVEL_WARNING,
			       "'blacklist %s' does not keep vfio-claim from loading it",
			       line->written);
	} else if (strcmp(command, "softdep") == 0 && strstr(line->rest, "vfio")) {
		if (!has_only_vfio(line->rest)) {
			way = REMOVAL_BY_HAND;
			fix = "remove the modules of vfio from the line; it names others, too";
		}
		leftover_found(
			leftovers, place, LEVEL_WARNING,
			"this 'softdep' line makes %s load vfio-pci, with any ids= from "
			"modprobe.d; what is claimed is reserved before any module is loaded",
			line->written);
	} else if (strcmp(command, "install") == 0 && strstr(line->rest, "vfio")) {
		/* The rest of the command may be what makes the module work. */
		way = REMOVAL_BY_HAND;
		fix = "remove what is about vfio from the command, or the line if nothing else "
		      "is left";
		leftover_names_command(leftovers, line->rest);
		leftover_may_give_named(leftovers);
		leftover_found(leftovers, place, LEVEL_WARNING,
			       "this 'install' line runs a command about vfio when %s is loaded",
			       line->written);
	} else if (strcmp(command, "options") == 0 && strcmp(line->name, "pci_stub") == 0 &&
		   (ids = options_ids(line->rest))) {
		way = REMOVAL_IDS;
		leftover_gives_ids(leftovers, ids);
		leftover_names_ids(leftovers, ids);
		leftover_found(leftovers, place, LEVEL_WARNING,
			       "this 'options pci-stub ids=' line makes pci-stub take every "
			       "matching device before vfio-pci can");
	} else {
		return;
	}
	finding_fix(&leftovers->check->findings, "%s", fix);
	leftover_remove(leftovers, way, NULL);
}

static void tell_line(void *to, struct modprobe_line *line)
{
	const struct leftover_place place = { "modprobe.d", line->path, line->number };

	if (!tell_module(to, &place, line))
		tell_other(to, &place, line);
}

void leftovers_modprobe(struct leftovers *leftovers)
{
	size_t before = leftovers->found;

	modprobe_conf_read(leftovers->check->sysroot, tell_line, leftovers);
	if (leftovers->found == before)
		finding_add(&leftovers->check->findings, LEVEL_OK, "modprobe.d",
			    "modprobe.d: nothing there makes vfio-pci take devices by itself");
}
