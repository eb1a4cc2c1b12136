/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_limine.c - the settings of limine-entry-tool, which makes the entries of Limine on CachyOS
 * and Omarchy: KERNEL_CMDLINE[default], and others for single kernels
 *
 * The settings are in four places; a later one can add to earlier ones or replace them
 * (limine-entry-tool.conf). Our words go into a drop-in or, where /etc/default/limine replaces all
 * drop-ins, into that file. If no place sets a command line, limine-entry-tool uses
 * /etc/kernel/cmdline or else /proc/cmdline; a drop-in would then lose root=. A command line for
 * fallback images gets none of our words.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../kernel_cmdline.h"
#include "../setting_words.h"
#include "kernel_cmdline_file.h"
#include "limine_setting.h"
#include "limine_tool.h"
#include "shell_setting.h"

#define TOOL         LIMINE_TOOL
#define DEFAULT_FILE "/etc/default/limine"
#define DIRECTORY    "/etc/limine-entry-tool.d"
/* Read after the other drop-ins, except those whose names sort after this one. */
#define DROP_IN    DIRECTORY "/zz-vfio-claim.conf"
#define DEFAULT    "default"
#define OUTPUT_MAX (64 * 1024)

static bool is_here(const char *sysroot)
{
	struct string_set menus = boot_files_limine(sysroot);
	bool here = menus.count && has_program(sysroot, TOOL);

	string_set_free(&menus);
	return here;
}

/* --- what is set -------------------------------------------------------------------------------
 */

/* Returns the files with settings, except our drop-in, in the order in which they are read. */
static struct string_set find_files(const char *sysroot)
{
	struct string_set files = { 0 };

	setting_files_add(&files, sysroot, "/usr/share/limine-entry-tool.d", "", NULL);
	string_set_add(&files, "/etc/limine-entry-tool.conf");
	setting_files_add(&files, sysroot, DIRECTORY, "", DROP_IN);
	string_set_add(&files, DEFAULT_FILE);
	return files;
}

/* Returns the keys that are set, except those of fallback images. */
static struct string_set find_keys(const char *sysroot)
{
	struct string_set files = find_files(sysroot), all = { 0 }, keys = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < files.count; i++) {
		text = config_text(sysroot, files.name[i]);
		if (text)
			limine_setting_keys(text, &all);
		free(text);
	}
	for (i = 0; i < all.count; i++)
		if (!strstr(all.name[i], "fallback"))
			string_set_add(&keys, all.name[i]);
	string_set_free(&all);
	string_set_free(&files);
	return keys;
}

/* If a kernel has a command line of its own, it is not known which key an entry was made from. */
static struct string_set find_words(const char *sysroot)
{
	struct string_set files = find_files(sysroot), keys = find_keys(sysroot), words = { 0 };
	bool only = keys.count == 1 && string_set_have(&keys, DEFAULT);
	char *text;
	size_t i;

	if (!keys.count)
		words = kernel_cmdline_file_words(sysroot);
	for (i = 0; only && i < files.count; i++) {
		text = config_text(sysroot, files.name[i]);
		if (text)
			limine_setting_words(text, DEFAULT, &words);
		free(text);
	}
	string_set_free(&keys);
	string_set_free(&files);
	return words;
}

/* Returns the text of a file, "" if it does not exist; NULL after printing an error. */
static char *read_file(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file);

	if (!text && errno == ENOENT)
		return strdup("");
	if (!text)
		message_error("cannot read %s: %s", file, config_error(errno));
	return text;
}

/* Returns @words, which it frees, plus our words in the settings @text that it lacks; or NULL. */
static char *join_settings(char *words, const char *text)
{
	struct string_set keys = { 0 };
	char *value;
	size_t i;

	limine_setting_keys(text, &keys);
	for (i = 0; words && i < keys.count; i++) {
		value = limine_setting_value(text, keys.name[i]);
		if (value)
			words = boot_config_join(words, value);
		free(value);
	}
	string_set_free(&keys);
	return words;
}

/* Returns the first value in the text of our drop-in; "" for none. */
static char *read_drop_in(const char *text)
{
	struct string_set keys = { 0 };
	char *words;

	limine_setting_keys(text, &keys);
	words = keys.count ? limine_setting_value(text, keys.name[0]) : strdup("");
	if (words)
		memmove(words, words + strspn(words, " "), strlen(words + strspn(words, " ")) + 1);
	string_set_free(&keys);
	return words;
}

static char *read_words(const char *sysroot)
{
	char *drop_in = read_file(sysroot, DROP_IN), *others = read_file(sysroot, DEFAULT_FILE);
	char *cmdline = read_file(sysroot, KERNEL_CMDLINE_FILE), *line = NULL, *words = NULL;

	if (drop_in && others && cmdline) {
		words = join_settings(read_drop_in(drop_in), others);
		line = kernel_cmdline_words(cmdline);
		words = line ? boot_config_join(words, line) : words;
	}
	if (!words)
		message_errno(ENOMEM, TOOL);
	free(line);
	free(cmdline);
	free(others);
	free(drop_in);
	return words;
}

/* --- verification ------------------------------------------------------------------------------
 */

/* Returns the command line that limine-entry-tool makes for @key; NULL after printing an error. */
static char *get_cmdline(const char *sysroot, const char *key)
{
	const struct tool tool = {
		.sysroot = sysroot,
		.argv = (const char *const[]){ TOOL, "--get-cmdline", key, NULL },
		.output_limit = OUTPUT_MAX,
		.plain = true,
	};
	char *output, *line;

	if (tool_run(&tool, &output, NULL) < 0)
		return NULL;
	line = kernel_cmdline_words(output);
	if (!line)
		message_errno(ENOMEM, TOOL);
	free(output);
	return line;
}

/*
 * A step: checks that limine-entry-tool makes the command line in @subject, "KEY: COMMAND LINE",
 * with its words in any order. Returns 0, or -1 after printing an error.
 */
static int check_cmdline(const char *sysroot, const char *subject)
{
	const char *wanted = strstr(subject, ": ") + 2;
	char *key = strndup(subject, (size_t)(wanted - 2 - subject));
	char *line = key ? get_cmdline(sysroot, key) : NULL;
	bool same = line && cmdline_has(line, wanted) && cmdline_has(wanted, line);

	if (line && !same)
		message_error(TOOL " makes '%s' of the settings for %s: another file in " DIRECTORY
				   " or " DEFAULT_FILE " may replace the line",
			      line, key);
	free(line);
	free(key);
	return same ? 0 : -1;
}

/* Adds the step that checks the result for @key. Returns 0, or -1 after printing an error. */
static int add_check(struct changes *changes, const char *key, const char *words)
{
	char *line = get_cmdline(changes->sysroot, key), *wanted, *subject = NULL;
	int result = -1;

	if (!line)
		return -1;
	wanted = cmdline_with(line, words);
	if (!wanted)
		message_error(TOOL " makes '%s' for %s: %s", line, key, config_error(errno));
	else if (asprintf(&subject, "%s: %s", key, wanted) < 0)
		message_errno(ENOMEM, TOOL);
	else
		result = 0;
	if (result == 0)
		changes_call(changes, check_cmdline, "check that " TOOL " makes for", subject);
	if (result == 0)
		free(subject);
	free(wanted);
	free(line);
	return result;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/*
 * Adds the step that changes /etc/default/limine: sets @words for the keys that the file replaces,
 * and removes our words from others. Returns 0, or -1 after printing an error.
 */
static int set_in_default_file(struct changes *changes, const char *text, const char *words)
{
	struct string_set keys = { 0 };
	char *now = strdup(text), *fresh;
	size_t i;

	limine_setting_keys(text, &keys);
	for (i = 0; now && i < keys.count; i++) {
		bool ours = limine_setting_replaces(text, keys.name[i]) &&
			    !strstr(keys.name[i], "fallback");

		fresh = limine_setting_with(now, keys.name[i], ours ? words : "");
		if (!fresh)
			message_error(DEFAULT_FILE ": KERNEL_CMDLINE[%s]: %s", keys.name[i],
				      config_error(errno));
		free(now);
		now = fresh;
	}
	if (now && strcmp(now, text) != 0)
		changes_file(changes, DEFAULT_FILE, now);
	string_set_free(&keys);
	free(now);
	return now ? 0 : -1;
}

/*
 * Adds the step that sets @words in our drop-in for the keys that @others, /etc/default/limine,
 * does not replace. Returns 0, or -1 after printing an error.
 */
static int set_in_drop_in(struct changes *changes, const struct string_set *keys,
			  const char *others, const char *words)
{
	char *text = NULL;
	bool any = false;
	size_t i, len;
	FILE *out = open_memstream(&text, &len);

	if (out)
		fputs(DROP_IN_HEAD, out);
	for (i = 0; out && words[0] && i < keys->count; i++) {
		if (limine_setting_replaces(others, keys->name[i]))
			continue;
		fprintf(out, "KERNEL_CMDLINE[%s]+=\" %s\"\n", keys->name[i], words);
		any = true;
	}
	if (!out || fclose(out) != 0) {
		message_errno(ENOMEM, DROP_IN);
		return -1;
	}
	changes_file(changes, DROP_IN, any ? text : NULL);
	free(text);
	return 0;
}

/* Returns 0, or -1 after printing that no file sets a command line. */
static int check_source(const char *sysroot, const struct string_set *keys)
{
	char *line;

	if (string_set_have(keys, DEFAULT) || sysroot_has(sysroot, KERNEL_CMDLINE_FILE))
		return 0;
	line = get_cmdline(sysroot, DEFAULT);
	if (line)
		message_error(
			TOOL
			" takes the command line of the running boot, and with a word added it "
			"would not: first add a line to " DEFAULT_FILE
			": KERNEL_CMDLINE[default]+=\"%s\"",
			line);
	free(line);
	return -1;
}

/* Returns 0, or -1 after printing an error. */
static int add_steps(struct changes *changes, const struct string_set *keys, const char *others,
		     const char *words)
{
	bool has_default = string_set_have(keys, DEFAULT);

	if (set_in_default_file(changes, others, words) < 0)
		return -1;
	if (kernel_cmdline_file_set(changes, has_default ? "" : words, false) < 0)
		return -1;
	return set_in_drop_in(changes, keys, others, words);
}

/* Returns 0, or -1 after printing an error. */
static int add_checks(struct changes *changes, const struct string_set *keys, const char *words)
{
	int result = 0;
	size_t i;

	if (!string_set_have(keys, DEFAULT))
		result = add_check(changes, DEFAULT, words);
	for (i = 0; result == 0 && i < keys->count; i++)
		result = add_check(changes, keys->name[i], words);
	return result;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	struct string_set keys = find_keys(changes->sysroot);
	char *others = read_file(changes->sysroot, DEFAULT_FILE);
	size_t before = changes->count;
	int result = others ? 0 : -1;

	(void)old;
	if (result == 0 && words[0])
		result = check_source(changes->sysroot, &keys);
	if (result == 0)
		result = add_steps(changes, &keys, others, words);
	if (result == 0 && changes->count > before)
		result = add_checks(changes, &keys, words);
	string_set_free(&keys);
	free(others);
	return result;
}

/* --- the menu ----------------------------------------------------------------------------------
 */

static bool is_directory_below(const char *sysroot, const char *path)
{
	char *below = path_below(sysroot, path);
	bool is = below && is_directory(below);

	free(below);
	return is;
}

/* Keeps the files in a directory, which the tool may write, and notes their names. */
static void keep_all(struct changes *changes, const char *directory)
{
	struct string_set names = sysroot_list(changes->sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < names.count; i++) {
		if (asprintf(&file, "%s/%s", directory, names.name[i]) < 0) {
			changes->failed = true;
			continue;
		}
		if (!is_directory_below(changes->sysroot, file))
			changes_keep(changes, file);
		free(file);
	}
	changes_keep_directory(changes, directory);
	string_set_free(&names);
}

static int make_menu(struct changes *changes)
{
	struct string_set menus = boot_files_limine(changes->sysroot);
	struct string_set directories = limine_tool_directories(changes->sysroot);
	const char *tool = limine_tool(changes->sysroot);
	size_t i;

	for (i = 0; i < menus.count; i++)
		changes_keep(changes, menus.name[i]);
	for (i = 0; i < directories.count; i++)
		keep_all(changes, directories.name[i]);
	changes_run(changes, (const char *const[]){ tool ? tool : "limine-update", NULL });
	string_set_free(&directories);
	string_set_free(&menus);
	return 0;
}

const struct boot_config config_limine = {
	.what = TOOL,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menu,
	.words = find_words,
	.setting = "KERNEL_CMDLINE",
	.tool = "limine-update",
	.loader = "Limine",
};
