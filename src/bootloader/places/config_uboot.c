/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_uboot.c - Debian's u-boot-menu, which makes the extlinux.conf that U-Boot reads: a drop-in
 * in /etc/u-boot-menu/conf.d or, with versions that do not read that directory,
 * /etc/default/u-boot; or /etc/kernel/cmdline, which u-boot-update uses if U_BOOT_PARAMETERS is not
 * set. Its entries for the rescue target get the words, too.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../setting_words.h"
#include "kernel_cmdline_file.h"
#include "shell_setting.h"

#define TOOL      "u-boot-update"
#define DIRECTORY "/etc/u-boot-menu/conf.d"
/* Read after the other drop-ins, except those whose names sort after this one. */
#define DROP_IN      DIRECTORY "/zz-vfio-claim.conf"
#define SHIPPED      "/usr/share/u-boot-menu/conf.d"
#define DEFAULT_FILE "/etc/default/u-boot"
#define SETTING      "U_BOOT_PARAMETERS"
/* What u-boot-update uses if SETTING is not set. */
#define INITIAL "ro quiet"

static bool is_here(const char *sysroot)
{
	return has_program(sysroot, TOOL) && boot_files_extlinux_is_read(sysroot);
}

/* --- where u-boot-update takes the command line from -------------------------------------------
 */

enum source {
	FROM_DROP_INS,
	FROM_DEFAULT_FILE,
	FROM_KERNEL_CMDLINE,
};

/* Returns true if u-boot-update, a script, names the file or directory @path. */
static bool reads(const char *sysroot, const char *path)
{
	char *program = find_program(sysroot, TOOL);
	char *script = program ? config_text(sysroot, program) : NULL;
	bool found = script && strstr(script, path);

	free(script);
	free(program);
	return found;
}

/* Returns true if the file sets the parameters, to any value. */
static bool sets(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *value = text ? shell_value(text, SETTING) : NULL;
	bool set = value ? value[0] : text && errno == EINVAL;

	free(value);
	free(text);
	return set;
}

/* Returns true if a file in the directory, other than our drop-in, sets them. */
static bool any_sets(const char *sysroot, const char *directory)
{
	struct string_set names = sysroot_list(sysroot, "%s", directory);
	bool any = false;
	char *file;
	size_t i;

	for (i = 0; !any && i < names.count; i++) {
		if (asprintf(&file, "%s/%s", directory, names.name[i]) < 0)
			continue;
		any = strcmp(file, DROP_IN) != 0 && sets(sysroot, file);
		free(file);
	}
	string_set_free(&names);
	return any;
}

static enum source find_source(const char *sysroot)
{
	bool drop_ins = reads(sysroot, DIRECTORY);
	bool set = sets(sysroot, DEFAULT_FILE) ||
		   (drop_ins && (any_sets(sysroot, SHIPPED) || any_sets(sysroot, DIRECTORY)));

	if (!set && sysroot_has(sysroot, KERNEL_CMDLINE_FILE) &&
	    reads(sysroot, KERNEL_CMDLINE_FILE))
		return FROM_KERNEL_CMDLINE;
	return drop_ins ? FROM_DROP_INS : FROM_DEFAULT_FILE;
}

/* --- its words ---------------------------------------------------------------------------------
 */

static char *read_words(const char *sysroot)
{
	switch (find_source(sysroot)) {
	case FROM_KERNEL_CMDLINE:
		return kernel_cmdline_file_read(sysroot);
	case FROM_DEFAULT_FILE:
		return shell_setting_read(sysroot, DEFAULT_FILE, SETTING);
	case FROM_DROP_INS:
		break;
	}
	return shell_drop_in_read(sysroot, DROP_IN, SETTING);
}

/* Returns the words in the settings, in the order in which u-boot-update reads the files. */
static struct string_set words_of_settings(const char *sysroot, bool drop_ins)
{
	struct string_set files = { 0 }, words;

	string_set_add(&files, DEFAULT_FILE);
	if (drop_ins) {
		setting_files_add(&files, sysroot, SHIPPED, ".conf", NULL);
		setting_files_add(&files, sysroot, DIRECTORY, ".conf", DROP_IN);
	}
	words = setting_words(sysroot, &files, SETTING);
	string_set_free(&files);
	return words;
}

static struct string_set find_words(const char *sysroot)
{
	enum source source = find_source(sysroot);

	if (source == FROM_KERNEL_CMDLINE)
		return kernel_cmdline_file_words(sysroot);
	return words_of_settings(sysroot, source == FROM_DROP_INS);
}

/* Returns 0, or -1 after printing an error. */
static int set_in_default_file(struct changes *changes, const char *words)
{
	if (words[0] && !sets(changes->sysroot, DEFAULT_FILE)) {
		message_error(DEFAULT_FILE " does not set " SETTING ": add " SETTING "=\"" INITIAL
					   "\" to it, then try again");
		return -1;
	}
	return shell_setting_set(changes, DEFAULT_FILE, SETTING, words);
}

/* Sets @words in the place that is used, and removes our words from the others. */
static int set_words(struct changes *changes, const char *words, const char *old)
{
	enum source source = find_source(changes->sysroot);
	const char *in_drop_in = source == FROM_DROP_INS ? words : "";
	const char *in_cmdline = source == FROM_KERNEL_CMDLINE ? words : "";

	(void)old;
	if (source == FROM_DEFAULT_FILE && set_in_default_file(changes, words) < 0)
		return -1;
	if (kernel_cmdline_file_set(changes, in_cmdline, false) < 0)
		return -1;
	return shell_drop_in_set(changes, DROP_IN, SETTING, INITIAL, in_drop_in);
}

static int make_menu(struct changes *changes)
{
	changes_keep(changes, BOOT_FILES_EXTLINUX);
	changes_run(changes, (const char *const[]){ TOOL, NULL });
	return 0;
}

const struct boot_config config_uboot = {
	.what = "u-boot-menu",
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menu,
	.words = find_words,
	.setting = SETTING,
	.tool = TOOL,
	.loader = "U-Boot",
};
