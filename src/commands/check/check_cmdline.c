/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_cmdline.c - how the kernel command line of the next boot differs from the running one and
 * from GRUB's settings
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../bootloader/boot_config.h"
#include "../../bootloader/boot_files.h"
#include "../../bootloader/boot_menu.h"
#include "../../bootloader/kernel_cmdline.h"
#include "../../bootloader/menu_default.h"
#include "../../bootloader/proxmox/esp_copies.h"
#include "../../bootloader/proxmox/esps.h"
#include "../../core/params.h"
#include "../../core/text.h"
#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "check.h"

/* --- the parameters that matter here -----------------------------------------------------------
 */

/* Returns true if a parameter is about claims, vfio or the IOMMU. */
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

/* Returns the parameters of a command line that matter. */
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

/* Appends @before and those of @words that @others lacks. Returns true if there are any. */
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

struct search {
	struct check *check;
	struct string_set running; /* the words of the running one that matter */
	struct string_set next;    /* the same of all entries that were found */
	size_t count;              /* the number of these entries */
	bool differs;              /* a difference has been reported */
};

/* Notes the command line of an entry. */
static void note(struct search *search, const char *cmdline)
{
	struct string_set words = read_words(cmdline);
	size_t i;

	search->count++;
	for (i = 0; i < words.count; i++)
		string_set_add(&search->next, words.name[i]);
	string_set_free(&words);
}

/* Compares the command line that @file has for the next boot with the running one. */
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
		finding_add(&search->check->findings, LEVEL_WARNING, "command-line", "%s",
			    line.data);
		finding_fix(&search->check->findings, "reboot, if that is what you want");
	}
	string_set_free(&words);
	note(search, cmdline);
}

/* The same for a file that consists of a command line, if it exists. */
static void take_file(struct search *search, const char *file)
{
	char *text = file_text(search->check->sysroot, file);

	if (text)
		take(search, file, text);
	free(text);
}

/* The next boot's entry is the default one or, if that is unknown, any of them. */
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
		/* A unified kernel image that cannot be read. */
		if (entry->image && !entry->cmdline[0])
			continue;
		if (entry == next.entry || (next.unknown && entry->kind == MENU_NORMAL))
			take(search, esp_copies_name(entry->file), entry->cmdline);
		else if (entry->kind == MENU_NORMAL)
			note(search, entry->cmdline);
	}
	boot_menu_free(&menu);
	if (!search->count)
		take_file(search, KERNEL_CMDLINE_FILE);
}

/* --- GRUB's settings that no entry has ----------------------------------------------------------
 */

/* Sets the fix: how to make the menu have what @file sets. */
static void fix_menu(struct check *check, const char *file)
{
	struct string_set files = boot_files_grub(check->sysroot);

	if (strcmp(file, KERNEL_CMDLINE_FILE) != 0 && esps_have(check->sysroot, ESP_SYSTEMD_BOOT))
		finding_fix(&check->findings,
			    "if you want it, add it to the first line of " KERNEL_CMDLINE_FILE
			    ", then run: proxmox-boot-tool refresh");
	else if (esps_in_charge(check->sysroot))
		finding_fix(&check->findings, "proxmox-boot-tool refresh");
	else if (has_program(check->sysroot, "update-grub"))
		finding_fix(&check->findings, "update-grub");
	else
		finding_fix(&check->findings, "%s -o %s",
			    has_program(check->sysroot, "grub-mkconfig") ? "grub-mkconfig"
									 : "grub2-mkconfig",
			    files.count ? files.name[0] : "/boot/grub2/grub.cfg");
	string_set_free(&files);
}

/* Reports words that are set but in no entry. Leaves out words that a shell would expand. */
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
		finding_add(&search->check->findings, LEVEL_WARNING, "command-line", "%s",
			    line.data);
		fix_menu(search->check, file);
	}
	string_set_free(&plain);
	string_set_free(&words);
}

/* The options are used only together with a request (grub.d/vfio-claim.cfg). */
static void compare_claim(struct search *search, const char *file, const char *text)
{
	char *claim = shell_value(text, "VFIO_CLAIM");
	char *options = shell_value(text, "VFIO_CLAIM_OPTIONS"), *cmdline;

	if (claim && claim[0] &&
	    asprintf(&cmdline, "rd.vfio.claim=%s %s", claim, options ? options : "") >= 0) {
		compare(search, file, cmdline);
		free(cmdline);
	} else if (options && cmdline_requests(options)) {
		compare(search, file, options);
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

/* What proxmox-boot-tool writes for systemd-boot; GRUB's settings have no effect then. */
static void compare_first_line(struct search *search)
{
	const char *sysroot = search->check->sysroot;
	bool counts = boot_config_look(sysroot) == &config_proxmox &&
		      esps_have(sysroot, ESP_SYSTEMD_BOOT);
	char *text = counts ? file_text(sysroot, KERNEL_CMDLINE_FILE) : NULL;
	char *line = text ? kernel_cmdline_first(text) : NULL;

	if (line)
		compare(search, KERNEL_CMDLINE_FILE, line);
	free(line);
	free(text);
}

void check_cmdline(struct check *check)
{
	struct search search = { .check = check, .running = read_words(check->running) };

	take_all(&search);
	if (search.count) {
		compare_first_line(&search);
		compare_grub(&search);
	}
	/* If there is no entry, next_line_find() has warned. */
	if (search.count && !search.differs)
		finding_add(
			&check->findings, LEVEL_OK, "command-line",
			"command line: the next boot has the same settings for claims and IOMMU as "
			"the running one");
	string_set_free(&search.next);
	string_set_free(&search.running);
}
