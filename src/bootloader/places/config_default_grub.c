/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_default_grub.c - /etc/default/grub and GRUB's own grub-mkconfig: CentOS 7, Arch
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/shell_value.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_menu.h"

#define FILE_NAME "/etc/default/grub"
/*
 * Of normal entries only: those for recovery ("single") do without. But CentOS 7's 10_linux takes a
 * rescue kernel for one like any other, and Arch's has entries for fallback images: these get it,
 * too. Dracut's rescue image does not hold vfio-claim (dracut-module/50vfio-claim).
 */
#define SETTING "GRUB_CMDLINE_LINUX_DEFAULT"

/* What it is called: "grub2-mkconfig" where GRUB 1 was there first. NULL when there is none. */
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
	struct string_set menus = boot_menu_grub_files(sysroot);
	bool here = menus.count && mkconfig(sysroot) && sysroot_has(sysroot, FILE_NAME);

	string_set_free(&menus);
	return here;
}

static char *read_file(const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME);

	if (!text)
		complain_errno(errno, "cannot read " FILE_NAME);
	return text;
}

/* The setting's value, "" where it is not set; NULL after a message. */
static char *read_value(const char *text)
{
	char *value = shell_value(text, SETTING);

	if (!value && errno == ENOENT)
		return strdup("");
	if (!value)
		complain(FILE_NAME ": " SETTING " is more than a text in quotes on one line; set "
				   "rd.vfio.claim= there yourself");
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

/* The file with @words in it: a new string, or NULL after a message. */
static char *change_text(const char *text, const char *words)
{
	char *value = read_value(text), *fresh, *whole = NULL;

	if (!value)
		return NULL;
	fresh = cmdline_with(value, words);
	/* One that is not there need not be there for nothing. */
	if (fresh && !fresh[0] && !value[0])
		whole = strdup(text);
	else if (fresh)
		whole = shell_with_value(text, SETTING, fresh);
	if (!whole)
		complain_errno(errno, "cannot change " FILE_NAME);
	free(fresh);
	free(value);
	return whole;
}

/* Has each menu made anew: one for BIOS, one for EFI, or both. */
static void make_menus(struct changes *changes)
{
	struct string_set menus = boot_menu_grub_files(changes->sysroot);
	char *command;
	size_t i;

	for (i = 0; i < menus.count; i++) {
		if (asprintf(&command, "%s -o '%s'", mkconfig(changes->sysroot), menus.name[i]) <
		    0) {
			changes->failed = true;
			continue;
		}
		changes_keep(changes, menus.name[i]);
		changes_command(changes, command);
		free(command);
	}
	string_set_free(&menus);
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	char *text = read_file(changes->sysroot), *fresh;

	(void)old;
	fresh = text ? change_text(text, words) : NULL;
	free(text);
	if (!fresh)
		return -1;
	changes_file(changes, FILE_NAME, fresh);
	free(fresh);
	if (changes_any(changes) || !boot_menu_is_as(changes->sysroot, words))
		make_menus(changes);
	return 0;
}

const struct boot_config config_default_grub = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
