/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_cmdline_d.c - /etc/cmdline.d/vfio-claim.conf, for the unified kernel images of mkinitcpio
 *
 * mkinitcpio joins /etc/kernel/cmdline, if it exists, and all *.conf files below /etc/cmdline.d,
 * sorted by name. Without any of these files it uses /proc/cmdline; so this place is used only if
 * the directory has a file, and config_kernel_install.c otherwise. rebuild_images.c rebuilds the
 * images.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_words.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../kernel_cmdline.h"
#include "kernel_cmdline_file.h"
#include "loader_entries.h"
#include "shell_setting.h"

#define DIRECTORY KERNEL_CMDLINE_D
#define FILE_NAME "/etc/cmdline.d/vfio-claim.conf"
#define PRESETS   "/etc/mkinitcpio.d"

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

static bool has_files(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, DIRECTORY);
	bool has = false;
	size_t i;

	for (i = 0; i < names.count; i++)
		has |= ends_with(names.name[i], ".conf");
	string_set_free(&names);
	return has;
}

/* mkinitcpio is a script; before version 36, it does not read the directory. */
static bool reads_directory(const char *sysroot)
{
	char *program = find_program(sysroot, "mkinitcpio");
	char *text = program ? config_text(sysroot, program) : NULL;
	bool reads = text && strstr(text, DIRECTORY);

	free(text);
	free(program);
	return reads;
}

static bool is_here(const char *sysroot)
{
	struct string_set images = boot_files_images(sysroot);
	bool here = images.count && has_files(sysroot) && reads_directory(sysroot);

	string_set_free(&images);
	return here;
}

static char *read_words(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME), *words;

	if (!text && errno == ENOENT)
		return strdup("");
	if (!text) {
		message_error("cannot read " FILE_NAME ": %s", config_error(errno));
		return NULL;
	}
	words = kernel_cmdline_words(text);
	if (!words)
		message_errno(ENOMEM, FILE_NAME);
	free(text);
	return words;
}

/* --- presets -----------------------------------------------------------------------------------
 */

struct preset {
	const char *file;
	bool names_other; /* a command line that is not made from the directory */
};

/* default_cmdline="/etc/kernel/cmdline" */
static void take_word(void *to, const struct shell_word *word)
{
	struct preset *preset = to;

	if (!ends_with(word->name, "_cmdline") || strcmp(word->word, DIRECTORY) == 0)
		return;
	if (!preset->names_other)
		message_error("%s, line %u: %s=%s makes mkinitcpio ignore " DIRECTORY
			      ": remove that line, then try again",
			      preset->file, word->number, word->name, word->word);
	preset->names_other = true;
}

/* Returns 0, or -1 after printing that a preset names another command line. */
static int check_preset(const char *sysroot, const char *name)
{
	struct preset preset = { 0 };
	char *file, *text;

	if (!ends_with(name, ".preset") || asprintf(&file, PRESETS "/%s", name) < 0)
		return 0;
	preset.file = file;
	text = config_text(sysroot, file);
	if (text)
		shell_words(text, take_word, &preset);
	free(text);
	free(file);
	return preset.names_other ? -1 : 0;
}

static int check_presets(const char *sysroot)
{
	struct string_set names = sysroot_list(sysroot, PRESETS);
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < names.count; i++)
		result = check_preset(sysroot, names.name[i]);
	string_set_free(&names);
	return result;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* Returns 0, or -1 after printing an error. */
static int set_file(struct changes *changes, const char *words)
{
	char *text = NULL;

	if (words[0] && asprintf(&text, DROP_IN_HEAD "%s\n", words) < 0) {
		message_errno(ENOMEM, FILE_NAME);
		return -1;
	}
	changes_file(changes, FILE_NAME, words[0] ? text : NULL);
	free(text);
	return 0;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	(void)old;
	if (words[0] && check_presets(changes->sysroot) < 0)
		return -1;
	/* Removes what an earlier 'enable' may have set there, before the directory had a file. */
	if (kernel_cmdline_file_set(changes, "", false) < 0)
		return -1;
	if (set_file(changes, words) < 0)
		return -1;
	return loader_entries_set(changes, words);
}

const struct boot_config config_cmdline_d = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.loader = "systemd-boot",
};
