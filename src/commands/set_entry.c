/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "set_entry.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/menu_default.h"
#include "../bootloader/named/named_entries.h"
#include "../bootloader/named/named_menu.h"
#include "../core/text.h"
#include "../host/changes.h"
#include "../host/messages.h"
#include "../image/rebuild_images.h"
#include "../plan/preflight.h"
#include "command.h"

/* Adds the step that writes the file. Returns 0, or -1 after printing an error. */
static int write_file(struct changes *changes, const struct named_entries *all, const char *name,
		      const char *words)
{
	char *text = named_entries_text(all, name, words);

	if (!text) {
		message_errno(ENOMEM, NAMED_ENTRIES_FILE);
		return -1;
	}
	changes_file(changes, NAMED_ENTRIES_FILE, text[0] ? text : NULL);
	free(text);
	return 0;
}

/* --- the default entry -------------------------------------------------------------------------
 */

/*
 * Returns what tells the menu's default entry from others, a new string: its kind, file, kernel,
 * and name; "" if it is not known, NULL if out of memory. Its command line does not count: a tool
 * that makes the menu may also use what was changed in its settings before.
 */
static char *find_default(const char *sysroot)
{
	struct menu_default found;
	const struct menu_entry *entry;
	struct boot_menu menu;
	char *text = NULL;

	boot_menu_read(&menu, sysroot);
	found = menu_default_lasting(&menu, sysroot);
	entry = found.unknown ? NULL : found.entry;
	if (!entry)
		text = strdup("");
	else if (asprintf(&text, "%d %s, kernel %s%s%s", entry->kind, entry->file,
			  entry->kver ? entry->kver : "?", entry->name ? ", entry " : "",
			  entry->name ? entry->name : "") < 0)
		text = NULL;
	boot_menu_free(&menu);
	return text;
}

/* Returns the text of find_default() as a person reads it. */
static const char *without_kind(const char *text)
{
	const char *space = strchr(text, ' ');

	return space ? space + 1 : "not known";
}

/* A step: checks that the default entry is the one that it was, @before. */
static int check_default(const char *sysroot, const char *before)
{
	char *now = find_default(sysroot);
	int result = now && strcmp(now, before) == 0 ? 0 : -1;

	if (!now)
		message_errno(ENOMEM, "the boot menu");
	else if (result < 0)
		message_error("the boot menu's default entry would be another one: it was %s, and "
			      "would be %s. A default that is a number means another entry when "
			      "entries come or go: choose it by its id or title",
			      without_kind(before), without_kind(now));
	free(now);
	return result;
}

/*
 * Adds the step that checks that the default stays, unless it is not known, or is the entry @name
 * that is removed. Returns 0, or -1 after printing an error.
 */
static int keep_default(struct changes *changes, const char *name, bool removed)
{
	char *before = find_default(changes->sysroot), *end = NULL;

	if (!before || asprintf(&end, ", entry %s", name) < 0) {
		message_errno(ENOMEM, "the boot menu");
		free(before);
		return -1;
	}
	if (before[0] && !(removed && strstr(before, end)))
		changes_call(changes, check_default, "check that the default entry is still",
			     before);
	free(end);
	free(before);
	return 0;
}

/* -----------------------------------------------------------------------------------------------
 */

/* Adds the steps. @words: NULL to remove it. Returns 0, or -1 after printing an error. */
static int add_steps(struct changes *changes, const struct named_entries *all, const char *name,
		     const char *words)
{
	const struct image_causes causes = { .stale = true };

	if (write_file(changes, all, name, words) < 0)
		return -1;
	if ((changes_any(changes) || !named_menu_is_right(changes->sysroot, name)) &&
	    named_menu_set(changes, name, words) < 0)
		return -1;
	if (words && rebuild_images(changes, &causes) < 0)
		return -1;
	changes_call(changes, named_menu_check, "check the boot menu's entry", name);
	if (keep_default(changes, name, !words) < 0)
		return -1;
	return preflight_check(&(struct preflight){ .words = words, .changes = changes });
}

/* Shows or makes the changes. Returns an exit status. */
static int finish(struct changes *changes, struct set_report *report)
{
	int result = report->dry_run ? changes_show(changes) : changes_make(changes);

	set_report_take(report, changes, result == 0);
	return result == 0 ? EXIT_OK : EXIT_FAILED;
}

/* Returns the outcome's sentence; NULL if out of memory. */
static char *describe(const char *sysroot, const char *name)
{
	const struct menu_entry *entry;
	char *once = NULL, *sentence;
	struct boot_menu menu;
	int len;

	boot_menu_read(&menu, sysroot);
	entry = named_menu_find(&menu, sysroot, name);
	if (entry)
		once = named_menu_once(sysroot, entry);
	len = asprintf(&sentence,
		       "The boot menu has the entry '%s', which claims these devices when you "
		       "choose it.\nThe default entry is as it was.%s%s",
		       entry ? entry->title : name, once ? " To start it at the next boot: " : "",
		       once ? once : "");
	boot_menu_free(&menu);
	free(once);
	return len < 0 ? NULL : sentence;
}

/* Returns an exit status. @words: NULL to remove it. */
static int change(struct set_report *report, const struct named_entries *all, const char *name,
		  const char *words)
{
	struct changes changes = { .sysroot = report->sysroot };
	int status = EXIT_FAILED;

	if (add_steps(&changes, all, name, words) == 0)
		status = finish(&changes, report);
	if (status == EXIT_OK && !changes_any(&changes))
		puts("Nothing to change.");
	changes_free(&changes);
	return status;
}

int set_entry(struct set_report *report, const char *name, const char *words)
{
	struct named_entries all;
	int status = EXIT_FAILED;

	report->entry = name;
	if (boot_config_check_words(words) == 0 && named_entries_read(&all, report->sysroot) == 0) {
		status = change(report, &all, name, words);
		named_entries_free(&all);
	}
	if (status == EXIT_OK && !report->dry_run) {
		report->outcome.sentence = describe(report->sysroot, name);
		outcome_print(&report->outcome);
	}
	return status;
}

/* Prints which names there are. Returns EXIT_FAILED. */
static int say_no_entry(const struct named_entries *all, const char *name)
{
	struct text names;
	size_t i;

	text_set(&names, "%s", "");
	for (i = 0; i < all->count; i++)
		text_add(&names, "%s%s", i ? ", " : "", all->item[i].name);
	if (all->count)
		message_error("there is no entry '%s'; there is: %s", name, names.data);
	else
		message_error("there is no entry '%s': 'vfio-claim enable --entry %s SEL' adds one",
			      name, name);
	return EXIT_FAILED;
}

int clear_entry(struct set_report *report, const char *name)
{
	struct named_entries all;
	int status = EXIT_FAILED;

	report->entry = name;
	report->config = boot_config_look(report->sysroot);
	if (named_entries_read(&all, report->sysroot) < 0)
		return EXIT_FAILED;
	if (named_entries_find(&all, name) || !named_menu_is_right(report->sysroot, name))
		status = change(report, &all, name, NULL);
	else
		status = say_no_entry(&all, name);
	named_entries_free(&all);
	if (status == EXIT_OK && !report->dry_run &&
	    asprintf(&report->outcome.sentence,
		     "The boot menu no longer has the entry '%s'. Other entries are as they were.",
		     name) < 0)
		report->outcome.sentence = NULL;
	if (status == EXIT_OK)
		outcome_print(&report->outcome);
	return status;
}
