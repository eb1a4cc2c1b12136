/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_default_grub.c - /etc/default/grub and GRUB's own grub-mkconfig: CentOS 7, Arch
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
#include "transactional.h"

#define FILE_NAME "/etc/default/grub"
/*
 * For normal entries only, not for recovery ("single"). But CentOS 7's 10_linux treats a rescue
 * kernel like any other, and Arch's adds entries for fallback images: these get it, too. Dracut's
 * rescue image does not contain vfio-claim (dracut-module/50vfio-claim).
 */
#define SETTING "GRUB_CMDLINE_LINUX_DEFAULT"

/* Returns the name of grub-mkconfig, "grub2-mkconfig" on some distributions; or NULL. */
static const char *mkconfig(const char *sysroot)
{
	static const char *const names[] = { "grub2-mkconfig", "grub-mkconfig" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (has_program(sysroot, names[i]))
			return names[i];
	return NULL;
}

static bool is_here(const char *sysroot)
{
	struct string_set menus = boot_files_grub(sysroot);
	bool here = menus.count && mkconfig(sysroot) && sysroot_has(sysroot, FILE_NAME);

	string_set_free(&menus);
	return here;
}

/* Returns the file's text, or NULL after printing an error. */
static char *read_file(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);

	if (!text)
		complain("cannot read " FILE_NAME ": %s", config_error(errno));
	return text;
}

/* Returns the setting's value, "" if it is not set; NULL after printing an error. */
static char *read_value(const char *text)
{
	char *value = shell_value(text, SETTING);

	if (!value && errno == ENOENT)
		return strdup("");
	if (!value)
		boot_config_say_trouble(FILE_NAME, text, SETTING);
	return value;
}

static char *read_words(const char *sysroot)
{
	char *text = read_file(sysroot), *value, *ours;

	value = text ? read_value(text) : NULL;
	ours = value ? cmdline_ours(value) : NULL;
	free(value);
	free(text);
	return ours;
}

/* Returns the file with @words in it: a new string, or NULL after printing an error. */
static char *change_text(const char *text, const char *words)
{
	char *value = read_value(text), *fresh, *whole = NULL;

	if (!value)
		return NULL;
	fresh = cmdline_with(value, words);
	if (fresh && strcmp(fresh, value) == 0)
		whole = strdup(text);
	else if (!fresh)
		complain(FILE_NAME ": " SETTING ": %s", config_error(errno));
	else if (!(whole = shell_with_value(text, SETTING, fresh)))
		boot_config_say_trouble(FILE_NAME, text, SETTING);
	free(fresh);
	free(value);
	return whole;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *text = read_file(changes->sysroot), *fresh;
	int result = -1;

	(void)old;
	fresh = text ? change_text(text, words) : NULL;
	if (fresh && strcmp(fresh, text) != 0)
		result = transactional_check_inside(changes->sysroot);
	else if (fresh)
		result = 0;
	if (result == 0)
		changes_file(changes, FILE_NAME, fresh);
	free(text);
	free(fresh);
	return result;
}

/* Regenerates each menu: for BIOS, for EFI, or both. */
static int make_menus(struct changes *changes)
{
	struct string_set menus = boot_files_grub(changes->sysroot);
	const char *tool = mkconfig(changes->sysroot);
	size_t i;

	for (i = 0; i < menus.count; i++) {
		changes_keep(changes, menus.name[i]);
		changes_run(changes, (const char *const[]){ tool, "-o", menus.name[i], NULL });
	}
	string_set_free(&menus);
	return 0;
}

const struct boot_config config_default_grub = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.apply = make_menus,
	.loader = "GRUB",
};
