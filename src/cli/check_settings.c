/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_settings.c - what the settings of others do: modprobe.d, and the boot loader's command
 * line. Only what can be read is looked at; nothing is run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../params.h"
#include "../text.h"
#include "check.h"
#include "messages.h"
#include "modprobe_conf.h"
#include "outlook.h"
#include "tree.h"

#define BLANKS " \t"

static void check_modprobe(struct check *check)
{
	struct names messages = { 0 };

	messages_collect(&messages);
	warn_of_module_ids(check->sysroot);
	messages_collect(NULL);
	if (!messages.count)
		found(&check->findings, LEVEL_OK, "modprobe.d",
		      "modprobe.d: nothing there has vfio-pci take devices by itself");
	found_messages(&check->findings, "modprobe.d", &messages);
}

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
static struct names read_words(const char *cmdline)
{
	char *copy = strdup(cmdline), *cursor = copy, *word;
	struct names words = { 0 };
	struct param param;

	while (copy && param_next(&cursor, &param)) {
		if (!matters(&param) ||
		    asprintf(&word, "%s%s%s", param.name, param.value ? "=" : "",
			     param.value ? param.value : "") < 0)
			continue;
		names_add(&words, word);
		free(word);
	}
	free(copy);
	return words;
}

/* Appends @before and those of @words that @others lack. Gives whether there are any. */
static bool add_missing(struct text *line, const char *before, const struct names *words,
			const struct names *others)
{
	bool any = false;
	size_t i;

	for (i = 0; i < words->count; i++) {
		if (names_have(others, words->name[i]))
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
	struct names running; /* what matters of the running one */
	struct names next;    /* and of all that have been found */
	size_t count;         /* those that have been found */
	bool differs;
};

/* Takes the command line that @file has. */
static void take(struct search *search, const char *file, const char *cmdline)
{
	struct names words = read_words(cmdline);
	struct text line;
	bool more, less;
	size_t i;

	search->count++;
	text_set(&line, "command line: %s, for the next boot, differs from the running one:", file);
	more = add_missing(&line, " it has", &words, &search->running);
	less = add_missing(&line, more ? "; it lacks" : " it lacks", &search->running, &words);
	if (more || less) {
		search->differs = true;
		found(&search->check->findings, LEVEL_WARNING, "command-line", "%s", line.data);
		helps(&search->check->findings, "reboot, if that is what you want");
	}
	for (i = 0; i < words.count; i++)
		names_add(&search->next, words.name[i]);
	names_free(&words);
}

/* Handles a line of a file. Gives whether to go on. */
typedef bool line_fn(struct search *search, const char *file, char *line);

static void each_line(struct search *search, const char *file, line_fn *handle)
{
	char *text, *rest, *line;

	if (!tree_has(search->check->sysroot, "%s", file) ||
	    outlook_read_text(search->check->sysroot, file, &text) < 0 || !text)
		return;
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (!handle(search, file, line))
			break;
	free(text);
}

/* Behind @word and blanks, or NULL when the line begins otherwise. */
static char *behind(char *line, const char *word)
{
	size_t len = strlen(word);

	line += strspn(line, BLANKS);
	if (strncmp(line, word, len) != 0 || !strchr(BLANKS, line[len]))
		return NULL;
	return line + len + strspn(line + len, BLANKS);
}

static bool take_grubenv(struct search *search, const char *file, char *line)
{
	const char *at = line;

	if (!text_skip(&at, "kernelopts="))
		return true;
	take(search, file, at);
	return false;
}

/* An entry of the Boot Loader Specification. CentOS 8 has its options in GRUB's environment. */
static bool take_options(struct search *search, const char *file, char *line)
{
	char *options = behind(line, "options");

	if (options && strstr(options, "$kernelopts"))
		each_line(search, "/boot/grub2/grubenv", take_grubenv);
	else if (options)
		take(search, file, options);
	return true;
}

/* The first entry of a grub.cfg, which is the one that is started when nobody chooses. */
static bool take_linux(struct search *search, const char *file, char *line)
{
	static const char *const commands[] = { "linux", "linux16", "linuxefi" };
	char *words = NULL;
	size_t i;

	for (i = 0; !words && i < sizeof(commands) / sizeof(commands[0]); i++)
		words = behind(line, commands[i]);
	if (!words)
		return true;
	take(search, file, words + strcspn(words, BLANKS));
	return false;
}

static bool take_whole(struct search *search, const char *file, char *line)
{
	take(search, file, line);
	return false;
}

/* Those that start without claims or are for emergencies are not meant to be the next boot. */
static bool is_for_next(const char *entry)
{
	return !strstr(entry, "~novfio") && !strstr(entry, "0-rescue");
}

static void take_entries(struct search *search, const char *directory)
{
	struct names entries = tree_list(search->check->sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		if (!is_for_next(entries.name[i]) ||
		    asprintf(&file, "%s/%s", directory, entries.name[i]) < 0)
			continue;
		each_line(search, file, take_options);
		free(file);
	}
	names_free(&entries);
}

static void take_all(struct search *search)
{
	take_entries(search, "/boot/loader/entries");
	take_entries(search, "/efi/loader/entries");
	take_entries(search, "/boot/efi/loader/entries");
	if (!search->count)
		each_line(search, "/boot/grub/grub.cfg", take_linux);
	if (!search->count)
		each_line(search, "/boot/grub2/grub.cfg", take_linux);
	if (!search->count)
		each_line(search, "/etc/kernel/cmdline", take_whole);
}

/* --- what GRUB's settings want, and no entry has ------------------------------------------------
 */

/* The value of an assignment NAME="VALUE" without its quotes; cuts the line up. */
static char *assigned(char *line, const char *name)
{
	size_t len = strlen(name);
	char quote;

	line += strspn(line, BLANKS);
	if (strncmp(line, name, len) != 0 || line[len] != '=')
		return NULL;
	line += len + 1;
	quote = *line == '"' || *line == '\'' ? *line++ : '\0';
	line[quote ? strcspn(line, quote == '"' ? "\"" : "'") : strcspn(line, BLANKS)] = '\0';
	return line;
}

/* Complains of words that are set but in no entry. What a shell would put in is left out. */
static void compare(struct search *search, const char *file, const char *cmdline)
{
	struct names words = read_words(cmdline), plain = { 0 };
	struct text line;
	size_t i;

	for (i = 0; i < words.count; i++)
		if (!strpbrk(words.name[i], "$`\\"))
			names_add(&plain, words.name[i]);
	text_set(&line, "command line: the boot loader's menu does not have what %s sets:", file);
	if (add_missing(&line, "", &plain, &search->next)) {
		search->differs = true;
		found(&search->check->findings, LEVEL_WARNING, "command-line", "%s", line.data);
		helps(&search->check->findings, "%s",
		      tree_has(search->check->sysroot, "/usr/sbin/update-grub")
			      ? "update-grub"
			      : "grub2-mkconfig -o /boot/grub2/grub.cfg");
	}
	names_free(&plain);
	names_free(&words);
}

static bool compare_line(struct search *search, const char *file, char *line)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT",
					     "VFIO_CLAIM_OPTIONS" };
	char *value = assigned(line, "VFIO_CLAIM"), *claim;
	size_t i;

	if (value && *value && asprintf(&claim, "rd.vfio.claim=%s", value) >= 0) {
		compare(search, file, claim);
		free(claim);
	}
	for (i = 0; !value && i < sizeof(names) / sizeof(names[0]); i++) {
		value = assigned(line, names[i]);
		if (value)
			compare(search, file, value);
	}
	return true;
}

static void compare_grub(struct search *search)
{
	struct names files = tree_list(search->check->sysroot, "/etc/default/grub.d");
	char *file;
	size_t i;

	each_line(search, "/etc/default/grub", compare_line);
	for (i = 0; i < files.count; i++) {
		if (asprintf(&file, "/etc/default/grub.d/%s", files.name[i]) < 0)
			continue;
		each_line(search, file, compare_line);
		free(file);
	}
	names_free(&files);
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
		      "command line: the next boot's has the same of claims and IOMMU as the "
		      "running one");
	names_free(&search.next);
	names_free(&search.running);
}

void check_settings(struct check *check)
{
	check_modprobe(check);
	check_cmdline(check);
}

void helps_on_cmdline(struct check *check, const char *words)
{
	struct findings *findings = &check->findings;

	if (tree_has(check->sysroot, "/usr/sbin/grubby"))
		helps(findings, "grubby --update-kernel=ALL --args='%s'", words);
	else if (tree_has(check->sysroot, "/usr/bin/kernelstub"))
		helps(findings, "kernelstub -a '%s'", words);
	else if (tree_has(check->sysroot, "/usr/sbin/update-grub") &&
		 tree_has(check->sysroot, "/etc/default/grub.d"))
		helps(findings,
		      "echo 'GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT %s\"' "
		      ">>/etc/default/grub.d/vfio-claim.cfg && update-grub",
		      words);
	else
		helps(findings, "add %s to the kernel command line", words);
}
