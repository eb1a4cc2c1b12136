/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "persistent.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../bootloader/boot_menu.h"
#include "../bootloader/config_line.h"
#include "../bootloader/fallback/fallback.h"
#include "../bootloader/named/named_menu.h"
#include "../bootloader/try_entry.h"
#include "../bootloader/verify_menu.h"
#include "../host/changes.h"
#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/system_lock.h"
#include "../image/addon_image.h"
#include "../image/rebuild_images.h"
#include "../plan/next_line.h"
#include "../plan/outcome.h"
#include "../plan/owner.h"
#include "../plan/preflight.h"
#include "../plan/remembered.h"
#include "command.h"

int persistent_begin(const char *sysroot, bool dry_run)
{
	if (dry_run)
		return 0;
	if (sysroot[0] || geteuid() == 0)
		return system_lock(sysroot);
	message_error("only root can change how this system boots; try again with sudo");
	return -1;
}

/* An add-on's words follow those of the image. Returns 0, or -1 after printing an error. */
static int check_addon(const char *sysroot, const struct boot_config *config, const char *words)
{
	if (config == &config_addon || !words[0] || !config_addon.is_here(sysroot))
		return 0;
	message_error("the add-on %s has the claims: use --addon, or first 'vfio-claim disable'",
		      config_addon.what);
	return -1;
}

/* Claims on the command line replace those of the file. Returns 0, or -1 after printing an error.
 */
static int check_precedence(const char *sysroot, const struct boot_config *config,
			    const char *words)
{
	char *on_menu = config == &config_conf ? boot_config_read_menu(sysroot) : NULL;
	const char *name = on_menu ? cmdline_same_request(on_menu, words) : NULL;
	char *value = name ? cmdline_value(on_menu, name) : NULL;

	if (name)
		message_error("the kernel command line has %s=%s, which overrides the file: first "
			      "use 'vfio-claim disable'",
			      name, value ? value : "");
	free(value);
	free(on_menu);
	return name ? -1 : 0;
}

/*
 * Returns true if a unified kernel image has other words, and would get new ones: someone has
 * changed the file that it gets them from, or a run that did so was killed.
 */
static bool is_image_behind(const char *sysroot, const struct boot_config *config,
			    const char *words)
{
	const struct menu_entry *other;
	struct boot_menu menu;
	char *next = NULL;
	bool behind;

	/* An add-on's words do not come from there. */
	if (config_addon.is_here(sysroot))
		return false;
	boot_menu_read(&menu, sysroot);
	other = boot_menu_first_other(&menu, words);
	if (other && other->image)
		next = config_line_next(sysroot, config, other->file, other->cmdline);
	behind = next && strcmp(next, other->cmdline) != 0;
	free(next);
	boot_menu_free(&menu);
	return behind;
}

/* Adds the steps that set @words, and notes which images they affect. Returns 0, or -1 after
 * printing an error. */
static int add_steps(struct changes *changes, const struct boot_config *config, const char *words,
		     struct image_causes *causes)
{
	size_t before;
	int result;

	if (config->prepare && config->prepare(changes) < 0)
		return -1;
	before = changes->count;
	result = boot_config_set(changes, config, words);
	if (config == &config_conf)
		causes->conf |= changes->count > before;
	/* Images stay as they are beside an add-on. */
	else if (config != &config_addon)
		causes->cmdline |=
			changes->count > before || is_image_behind(changes->sysroot, config, words);
	return result;
}

/* Shows or makes the changes, and reports them. Returns an exit status. */
static int finish(struct changes *changes, struct set_report *report)
{
	int result = report->dry_run ? changes_show(changes) : changes_make(changes);

	set_report_take(report, changes, result == 0);
	return result == 0 ? EXIT_OK : EXIT_FAILED;
}

/* Returns the words to remember: only ours for a vfio-claim.conf. NULL after printing an error. */
static char *words_to_remember(const struct boot_config *config, const char *words)
{
	char *kept = config == &config_conf ? cmdline_ours(words) : strdup(words);

	if (!kept)
		message_errno(ENOMEM, "what is set");
	return kept;
}

/* Adds the step that remembers what is set. Returns 0, or -1 after printing an error. */
static int remember(struct changes *changes, const struct boot_config *config, const char *words)
{
	char *kept = words_to_remember(config, words);

	if (kept)
		remembered_set(changes, kept, config->place);
	free(kept);
	return kept ? 0 : -1;
}

/* Returns the step that checks what the next boot has. */
static change_fn *verify_of(const struct boot_config *config)
{
	return config->verify ? config->verify : verify_menu;
}

/* Finds out what an add-on must bring. Returns 0, or -1 after printing an error. */
static int find_carried(const char *sysroot, const struct boot_config *config,
			struct image_causes *causes)
{
	struct addon_need need;

	if (config != &config_addon)
		return 0;
	if (addon_image_find(&need, sysroot) < 0)
		return -1;
	config_addon_carry(need.carry ? addon_image_write : NULL, need.carry && need.stale);
	causes->none = need.carry;
	return 0;
}

/* Checks what cannot be done. Returns 0, or -1 after printing an error. */
static int check_before(struct preflight *preflight, const char *words)
{
	preflight->words = words;
	return preflight_check(preflight);
}

/* Has the boot loader count failed boots, or not. Returns 0, or -1 after printing an error. */
static int set_fallback(struct changes *changes, unsigned int tries)
{
	if (tries)
		return fallback_set(changes, tries);
	fallback_clear(changes);
	return 0;
}

/*
 * @owner: see owner_rule_set(). @extra: or NULL. Returns 0, or -1 after printing an error.
 */
static int add_all_steps(struct changes *changes, const struct boot_config *config,
			 const char *words, const char *owner, unsigned int fallback,
			 const struct persistent_extra *extra)
{
	struct preflight preflight = { .changes = changes, .addon = config == &config_addon };
	struct image_causes causes = { .stale = true, .settings = extra && extra->images };

	if (extra && extra->add(changes, extra->to) < 0)
		return -1;
	if (check_addon(changes->sysroot, config, words) < 0 ||
	    find_carried(changes->sysroot, config, &causes) < 0 ||
	    check_precedence(changes->sysroot, config, words) < 0 ||
	    add_steps(changes, config, words, &causes) < 0 || try_entry_remove(changes) < 0 ||
	    named_menu_renew(changes) < 0 || rebuild_images(changes, &causes) < 0 ||
	    set_fallback(changes, fallback) < 0 || owner_rule_set(changes, owner) < 0 ||
	    remember(changes, config, words) < 0)
		return -1;
	return check_before(&preflight, causes.cmdline || preflight.addon ? words : NULL);
}

/* Reads back what later boots will do, and prints it. */
static void tell_set(struct set_report *report, const char *words)
{
	outcome_find_set(&report->outcome, report->sysroot, words);
	outcome_print(&report->outcome);
}

int persistent_set(struct set_report *report, const char *words, const char *slots,
		   unsigned int fallback, const struct persistent_extra *extra)
{
	const struct boot_config *config = report->config;
	bool on_cmdline = config != &config_conf;
	struct changes changes = { .sysroot = report->sysroot };
	int status = EXIT_FAILED;

	changes_clean(&changes, config_conf.what);
	if (add_all_steps(&changes, config, words, report->owner, fallback, extra) == 0) {
		if (on_cmdline)
			changes_call(&changes, verify_of(config), "check the boot menu for", words);
		changes_call(&changes, outcome_check,
			     slots[0] ? "check that the boot menu claims nothing but"
			     : cmdline_requests(words)
				     ? "check that the boot menu claims no other device"
				     : "check that the boot menu claims nothing",
			     slots);
		if (extra)
			changes_call(&changes, extra->verify, extra->verify_what, "");
		status = finish(&changes, report);
	}
	if (status == EXIT_OK && !changes_any(&changes))
		puts("Nothing to change.");
	if (status == EXIT_OK && !report->dry_run)
		tell_set(report, on_cmdline ? words : "");
	changes_free(&changes);
	return status;
}

/* --- removal -----------------------------------------------------------------------------------
 */

/* @other: an entry of the menu that has claims, or NULL if no menu can be read. */
static void say_unknown_place(const struct menu_entry *other)
{
	if (other)
		message_error(
			"cannot tell where this system keeps its kernel command line, and an "
			"entry in %s has '%s': remove what begins with rd.vfio there yourself",
			other->file, other->cmdline);
	else
		message_error(
			"cannot tell where this system keeps its kernel command line, and no boot "
			"menu can be read: if rd.vfio.claim= is on it, remove it yourself");
}

/* If the place of the command line is unknown, only the menu shows whether it has claims. */
static int check_cleared(const char *sysroot, const struct boot_config *config)
{
	const struct menu_entry *other;
	struct boot_menu menu;
	int status = EXIT_OK;

	if (config)
		return EXIT_OK;
	boot_menu_read(&menu, sysroot);
	other = boot_menu_first_other(&menu, "");
	if (boot_menu_check(&menu, sysroot) < 0) {
		status = EXIT_FAILED;
	} else if (other || !boot_menu_is_known(&menu)) {
		say_unknown_place(other);
		status = EXIT_FAILED;
	}
	boot_menu_free(&menu);
	return status;
}

/* Returns true if images got claims from /etc/vfio-claim.conf, which they may still have. */
static bool was_in_images(const char *sysroot)
{
	struct remembered remembered;
	bool was = remembered_read(&remembered, sysroot) == 0 && remembered.conf;

	remembered_free(&remembered);
	return was;
}

/* Returns 0, or -1 after printing an error. */
static int add_steps_back(struct changes *changes, const struct boot_config *config)
{
	struct image_causes causes = { .stale = was_in_images(changes->sysroot) };
	struct preflight preflight = { .changes = changes };

	changes_clean(changes, config_conf.what);
	preflight.addon = config_addon.is_here(changes->sysroot);
	if (config && add_steps(changes, config, "", &causes) < 0)
		return -1;
	if (preflight.addon && add_steps(changes, &config_addon, "", &causes) < 0)
		return -1;
	if (config_conf.is_here(changes->sysroot) &&
	    add_steps(changes, &config_conf, "", &causes) < 0)
		return -1;
	if (try_entry_remove(changes) < 0 || named_menu_renew(changes) < 0)
		return -1;
	if ((causes.stale || causes.conf || causes.cmdline) && rebuild_images(changes, &causes) < 0)
		return -1;
	if (owner_rule_set(changes, NULL) < 0)
		return -1;
	fallback_clear(changes);
	remembered_set(changes, "", NULL);
	if (check_before(&preflight, causes.cmdline || preflight.addon ? "" : NULL) < 0)
		return -1;
	if (config)
		changes_call(changes, verify_of(config), "check that the boot menu has no claims",
			     "");
	return 0;
}

/* Returns the words that are set now, or NULL after printing an error. */
static char *set_words(const char *sysroot, const struct boot_config *config)
{
	char *words = config ? config->read(sysroot) : strdup("");

	if (!words && !config)
		message_errno(ENOMEM, "what is set");
	return words;
}

/* Finds what the next boot will do without @words and without a vfio-claim.conf. */
static void foresee_without(struct outcome *outcome, const char *sysroot, const char *words)
{
	struct next_boot next = { 0 };
	struct next_line line;
	char *cmdline = NULL;

	if (next_line_find_lasting(&line, sysroot) == 0)
		cmdline = cmdline_without(line.cmdline, words);
	if (cmdline && next_boot_find_with(&next, sysroot, cmdline, line.kver, "") == 0)
		outcome_foresee(outcome, &next);
	next_boot_free(&next);
	next_line_free(&line);
	free(cmdline);
}

/* Fills the outcome of a dry run. */
static void foresee_cleared(struct set_report *report)
{
	char *words = report->json ? set_words(report->sysroot, report->config) : NULL;

	if (words)
		foresee_without(&report->outcome, report->sysroot, words);
	free(words);
}

/* Reads back what later boots will do, and prints it. */
static void tell_cleared(struct set_report *report, bool changed)
{
	outcome_find_cleared(&report->outcome, report->sysroot, changed);
	outcome_print(&report->outcome);
}

/* Makes the module options that were set count as ours. Returns 0, or -1 after printing an error.
 */
static int adopt_options(const char *sysroot)
{
	struct remembered remembered;
	int result = remembered_read(&remembered, sysroot);

	if (result == 0 && remembered.words && cmdline_adopt(remembered.words) < 0) {
		message_errno(ENOMEM, "the module options");
		result = -1;
	}
	remembered_free(&remembered);
	return result;
}

int persistent_clear(struct set_report *report)
{
	const char *sysroot = report->sysroot;
	struct changes changes = { .sysroot = sysroot };
	int status = EXIT_FAILED;

	if (adopt_options(sysroot) < 0)
		return EXIT_FAILED;
	report->config = boot_config_look(sysroot);
	if (add_steps_back(&changes, report->config) == 0)
		status = finish(&changes, report);
	if (status == EXIT_OK)
		status = check_cleared(sysroot, report->config);
	if (status == EXIT_OK && (!report->dry_run || !changes_any(&changes)))
		tell_cleared(report, changes_any(&changes));
	else if (status == EXIT_OK)
		foresee_cleared(report);
	changes_free(&changes);
	return status;
}
