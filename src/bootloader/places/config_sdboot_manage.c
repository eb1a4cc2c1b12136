/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_sdboot_manage.c - sdboot-manage of CachyOS and Manjaro, which rewrites the entries of
 * systemd-boot from /etc/sdboot-manage.conf, also when a kernel is installed: LINUX_OPTIONS, for
 * normal entries, in a drop-in if the installed version reads drop-ins, or in the file itself
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../bls_entry.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../menu_file.h"
#include "../setting_words.h"
#include "shell_setting.h"

#define TOOL      "sdboot-manage"
#define FILE_NAME "/etc/sdboot-manage.conf"
#define DIRECTORY "/etc/sdboot-manage.conf.d"
/* Read after the other drop-ins, except those whose names sort after this one. */
#define DROP_IN DIRECTORY "/zz-vfio-claim.conf"
#define SETTING "LINUX_OPTIONS"

static bool is_here(const char *sysroot)
{
	struct string_set entries = boot_files_entries(sysroot);
	bool here = entries.count && has_program(sysroot, TOOL) && sysroot_has(sysroot, FILE_NAME);

	string_set_free(&entries);
	return here;
}

/* sdboot-manage is a script. */
static bool reads_drop_ins(const char *sysroot)
{
	char *program = find_program(sysroot, TOOL);
	char *script = program ? config_text(sysroot, program) : NULL;
	bool reads = script && strstr(script, DIRECTORY);

	free(script);
	free(program);
	return reads;
}

static char *read_words(const char *sysroot)
{
	if (reads_drop_ins(sysroot))
		return shell_drop_in_read(sysroot, DROP_IN, SETTING);
	return shell_setting_read(sysroot, FILE_NAME, SETTING);
}

static struct string_set find_words(const char *sysroot)
{
	struct string_set files = { 0 }, words;

	string_set_add(&files, FILE_NAME);
	if (reads_drop_ins(sysroot))
		setting_files_add(&files, sysroot, DIRECTORY, ".conf", DROP_IN);
	words = setting_words(sysroot, &files, SETTING);
	string_set_free(&files);
	return words;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	bool drop_ins = reads_drop_ins(changes->sysroot);

	(void)old;
	/* With drop-ins, removes what an earlier version or 'enable' has set in the file. */
	if (shell_setting_set(changes, FILE_NAME, SETTING, drop_ins ? "" : words) < 0)
		return -1;
	return shell_drop_in_set(changes, DROP_IN, SETTING, NULL, drop_ins ? words : "");
}

/* --- the menu ----------------------------------------------------------------------------------
 */

/* A step: checks that the entry in @file is still there. Returns 0, or -1 after printing an error.
 */
static int check_entry(const char *sysroot, const char *file)
{
	if (sysroot_has(sysroot, "%s", file))
		return 0;
	message_error(
		"'" TOOL
		" gen' has removed %s, although the kernel that it starts is still there: set "
		"REMOVE_EXISTING=\"no\" and OVERWRITE_EXISTING=\"yes\" in " FILE_NAME
		", then try again",
		file);
	return -1;
}

/* Returns true if what the entry in @file starts is on a boot partition. */
static bool starts_something(const char *sysroot, const char *file)
{
	static const char *const keys[] = { "linux", "efi" };
	char *text = config_text(sysroot, file), *path, *started;
	bool found = false;
	size_t i;

	for (i = 0; text && i < 2; i++) {
		path = bls_value(text, keys[i]);
		started = path ? menu_file_find(sysroot, file, path) : NULL;
		found |= started != NULL;
		free(started);
		free(path);
	}
	free(text);
	return found;
}

/*
 * By default, sdboot-manage removes all entries, including those of other systems, and then makes
 * its own. If an entry is lost by this, everything is undone, unless its kernel was removed.
 */
static void check_entries(struct changes *changes, const struct string_set *entries)
{
	static const char try_end[] = MENU_TRY_END;
	size_t i, len, end_len = strlen(try_end);

	for (i = 0; i < entries->count; i++) {
		len = strlen(entries->name[i]);
		if (len >= end_len && strcmp(entries->name[i] + len - end_len, try_end) == 0)
			continue; /* try_entry_remove() removes it anyway */
		if (starts_something(changes->sysroot, entries->name[i]))
			changes_call(changes, check_entry, "check that there still is",
				     entries->name[i]);
	}
}

static int make_menu(struct changes *changes)
{
	/* sdboot-manage sets the default, and may make entries for other kernels. */
	static const char *const settings[] = { "/boot/loader/loader.conf",
						"/efi/loader/loader.conf",
						"/boot/efi/loader/loader.conf" };
	static const char *const directories[] = { "/boot/loader/entries", "/efi/loader/entries",
						   "/boot/efi/loader/entries" };
	struct string_set entries = boot_files_entries(changes->sysroot);
	size_t i;

	for (i = 0; i < entries.count; i++)
		changes_keep(changes, entries.name[i]);
	for (i = 0; i < 3; i++) {
		if (sysroot_has(changes->sysroot, "%s", settings[i]))
			changes_keep(changes, settings[i]);
		if (sysroot_has(changes->sysroot, "%s", directories[i]))
			changes_keep_directory(changes, directories[i]);
	}
	changes_run(changes, (const char *const[]){ TOOL, "gen", NULL });
	check_entries(changes, &entries);
	string_set_free(&entries);
	return 0;
}

const struct boot_config config_sdboot_manage = {
	.what = TOOL,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menu,
	.words = find_words,
	.setting = SETTING,
	.tool = TOOL " gen",
	.loader = "systemd-boot",
};
