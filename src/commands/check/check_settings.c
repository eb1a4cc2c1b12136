/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_settings.c - what the settings of others do: leftovers of other guides, and the boot
 * loader's command line. Only what can be read is looked at; nothing is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/boot_files.h"
#include "../../bootloader/boot_menu.h"
#include "../../bootloader/menu_default.h"
#include "../../core/params.h"
#include "../../core/text.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "check.h"
#include "leftovers.h"

/* --- what of a command line matters here -------------------------------------------------------
 */

/* Whether a parameter has to do with claims, vfio or the IOMMU. */
static bool matters(const struct param *param)
{
	static const char *const begins[] = {
		"rd.vfio",           "vfio",         "intel_iommu",  "amd_iommu", "iommu",
		"pcie_acs_override", "pci_stub.ids", "pci-stub.ids",
	};
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(param->name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

/* The parameters of a command line that matter. */
static struct string_set read_words(const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy, *word;
	struct string_set words = { 0 };
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		if (!matters(&param) ||
		    asprintf(&word, "%s%s%s", param.name, param.value ? "=" : "",
			     param.value ? param.value : "") < 0)
			continue;
		string_set_add(&words, word);
		free(word);
	}
	free(copy);
	return words;
}

/* Appends @before and those of @words that @others lack. Gives whether there are any. */
static bool add_missing(struct text *line, const char *before, const struct string_set *words,
			const struct string_set *others)
{
	bool any = false;
	size_t i;

	for (i = 0; i < words->count; i++) {
		if (string_set_have(others, words->name[i]))
			continue;
		text_add(line, "%s %s", any ? "" : before, words->name[i]);
		any = true;
	}
	return any;
}

/* --- what the next boot's command line will be ------------------------------------------------
 */

/* The search for it. */
struct search {
	struct check *check;
	struct string_set running; /* what matters of the running one */
	struct string_set next;    /* and of all that have been found */
	size_t count;              /* those that have been found */
	bool differs;
};

/* Notes the command line of an entry that the next boot does not start. */
static void note(struct search *search, const char *cmdline)
{
	struct string_set words = read_words(cmdline);
	size_t i;

	search->count++;
	for (i = 0; i < words.count; i++)
		string_set_add(&search->next, words.name[i]);
	string_set_free(&words);
}

/* Takes the command line that @file has for the next boot. */
static void take(struct search *search, const char *file, const char *cmdline)
{
	struct string_set words = read_words(cmdline);
	struct text line;
	bool more, less;

	text_set(&line, "command line: %s, for the next boot, differs from the running one:", file);
	more = add_missing(&line, " it has", &words, &search->running);
	less = add_missing(&line, more ? "; it lacks" : " it lacks", &search->running, &words);
	if (more || less) {
		search->differs = true;
		found(&search->check->findings, LEVEL_WARNING, "command-line", "%s", line.data);
		helps(&search->check->findings, "reboot, if that is what you want");
	}
	string_set_free(&words);
	note(search, cmdline);
}

/* Takes what a file has in it, if it is there. */
static void take_file(struct search *search, const char *file)
{
	char *text = file_text(search->check->sysroot, file);

	if (text)
		take(search, file, text);
	free(text);
}

/* The next boot's entry is the default one or, if that is not known, any of them. */
static void take_all(struct search *search)
{
	const struct menu_entry *entry;
	struct menu_default next;
	struct boot_menu menu;
	size_t i;

	boot_menu_read(&menu, search->check->sysroot);
	next = menu_default_next(&menu, search->check->sysroot);
	for (i = 0; i < menu.count; i++) {
		entry = &menu.entry[i];
		/* Of a unified kernel image that cannot be read, nothing is known. */
		if (entry->image && !entry->cmdline[0])
			continue;
		if (entry == next.entry || (next.unknown && entry->kind == MENU_NORMAL))
			take(search, entry->file, entry->cmdline);
		else if (entry->kind == MENU_NORMAL)
			note(search, entry->cmdline);
	}
	boot_menu_free(&menu);
	if (!search->count)
		take_file(search, "/etc/kernel/cmdline");
}

/* --- what GRUB's settings want, and no entry has ------------------------------------------------
 */

/* Says how GRUB's menu is made anew. */
static void helps_to_make_menu(struct check *check)
{
	struct string_set files = boot_files_grub(check->sysroot);

	if (has_program(check->sysroot, "update-grub"))
		helps(&check->findings, "update-grub");
	else
		helps(&check->findings, "%s -o %s",
		      has_program(check->sysroot, "grub-mkconfig") ? "grub-mkconfig"
								   : "grub2-mkconfig",
		      files.count ? files.name[0] : "/boot/grub2/grub.cfg");
	string_set_free(&files);
}

/* Complains of words that are set but in no entry. What a shell would put in is left out. */
static void compare(struct search *search, const char *file, const char *cmdline)
{
	struct string_set words = read_words(cmdline), plain = { 0 };
	struct text line;
	size_t i;

	for (i = 0; i < words.count; i++)
		if (!strpbrk(words.name[i], "$`\\"))
			string_set_add(&plain, words.name[i]);
	text_set(&line, "command line: the boot loader's menu does not have what %s sets:", file);
	if (add_missing(&line, "", &plain, &search->next)) {
		search->differs = true;
		found(&search->check->findings, LEVEL_WARNING, "command-line", "%s", line.data);
		helps_to_make_menu(search->check);
	}
	string_set_free(&plain);
	string_set_free(&words);
}

/* The options are used where something is claimed (grub.d/vfio-claim.cfg). */
static void compare_claim(struct search *search, const char *file, const char *text)
{
	char *claim = shell_value(text, "VFIO_CLAIM");
	char *options = shell_value(text, "VFIO_CLAIM_OPTIONS"), *cmdline;

	if (claim && claim[0] &&
	    asprintf(&cmdline, "rd.vfio.claim=%s %s", claim, options ? options : "") >= 0) {
		compare(search, file, cmdline);
		free(cmdline);
	}
	free(options);
	free(claim);
}

static void compare_file(struct search *search, const char *file)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT" };
	char *text = file_text(search->check->sysroot, file), *value;
	size_t i;

	if (!text)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		value = shell_value(text, names[i]);
		if (value)
			compare(search, file, value);
		free(value);
	}
	compare_claim(search, file, text);
	free(text);
}

static void compare_grub(struct search *search)
{
	struct string_set files = sysroot_list(search->check->sysroot, "/etc/default/grub.d");
	char *file;
	size_t i;

	compare_file(search, "/etc/default/grub");
	for (i = 0; i < files.count; i++) {
		if (asprintf(&file, "/etc/default/grub.d/%s", files.name[i]) < 0)
			continue;
		compare_file(search, file);
		free(file);
	}
	string_set_free(&files);
}

static void check_cmdline(struct check *check)
{
	struct search search = { .check = check, .running = read_words(check->running) };

	take_all(&search);
	if (search.count)
		compare_grub(&search);
	if (!search.count)
		found(&check->findings, LEVEL_WARNING, "command-line",
		      "command line: what it will be at the next boot is not known: no boot "
		      "loader's menu can be read");
	else if (!search.differs)
		found(&check->findings, LEVEL_OK, "command-line",
		      "command line: the next boot's says the same about claims and IOMMU as the "
		      "running one");
	string_set_free(&search.next);
	string_set_free(&search.running);
}

void check_settings(struct check *check)
{
	check_leftovers(check);
	check_cmdline(check);
}
