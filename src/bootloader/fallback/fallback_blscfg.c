/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fallback_blscfg.c - GRUB that shows entries of the Boot Loader Specification (Fedora, CentOS 8
 * and later): the commands that count boots (grub_count.h) are in the custom.cfg that grub.cfg
 * runs, since grub2-mkconfig may change more than the menu (kernelopts on CentOS 8). GRUB's default
 * is the saved entry, which kernel updates set to the name of the new kernel's; the copy without
 * claims that kernel-install makes of each is named after it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../bls_entry.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../entry_copies.h"
#include "../grub/grub_custom.h"
#include "../grub/grub_default.h"
#include "../grub/grub_menu.h"
#include "../grub/grubenv.h"
#include "fallback_loader.h"
#include "grub_count.h"

#define COMMANDS PKGLIBDIR "/fallback.grub"
#define MAKER    "enable --fallback"
#define OFF      "~novfio"

static const char no_source[] = "GRUB's grub.cfg does not read custom.cfg: /etc/grub.d/41_custom "
				"must have been there and executable when it was made";
static const char no_name[] = "GRUB's default is not the saved entry of a kernel, by name: set it "
			      "with 'grubby --set-default=/boot/vmlinuz-VERSION', and in "
			      "/etc/default/grub GRUB_DEFAULT=saved";

/* --- the menu ----------------------------------------------------------------------------------
 */

static bool is_here(const char *sysroot)
{
	struct string_set menus = boot_files_grub_bls(sysroot);
	bool here = menus.count > 0;

	string_set_free(&menus);
	return here;
}

/* Returns the entry with the name @name@end, or NULL. */
static const struct menu_entry *find_named(const struct boot_menu *menu, const char *name,
					   const char *end)
{
	const struct menu_entry *found = NULL;
	size_t len = strlen(name), i;
	char *each;

	for (i = 0; !found && i < menu->count; i++) {
		each = menu->entry[i].source == MENU_BLS ? bls_name(menu->entry[i].file) : NULL;
		if (each && strncmp(each, name, len) == 0 && strcmp(each + len, end) == 0)
			found = &menu->entry[i];
		free(each);
	}
	return found;
}

/*
 * Returns the name of the saved entry if that is the default of @file, a grub.cfg, and one that can
 * be copied: a new string, or NULL.
 */
static char *find_saved(const struct boot_menu *menu, const char *sysroot, const char *file)
{
	char *text = boot_files_grub_text(sysroot, file);
	char *environment = grubenv_text(sysroot, file);
	char *name = text ? grub_default_name(text, environment, false) : NULL;
	char *saved = environment ? grubenv_value(environment, "saved_entry") : NULL;
	const struct menu_entry *entry = saved ? find_named(menu, saved, "") : NULL;

	if (!entry || !entry_copies_can(entry) || !name || strcmp(name, saved) != 0) {
		free(saved);
		saved = NULL;
	}
	free(name);
	free(environment);
	free(text);
	return saved;
}

static bool reads_custom(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file);
	bool reads = text && grub_menu_reads_custom(text);

	free(text);
	return reads;
}

/*
 * Returns what keeps a grub.cfg from falling back, apart from the commands, or NULL. *@copied: each
 * default has a copy without claims.
 */
static const char *find_obstacle(const struct boot_menu *menu, const char *sysroot,
				 const struct string_set *files, bool *copied)
{
	const char *obstacle = NULL;
	const struct menu_entry *off;
	char *saved;
	size_t i;

	*copied = true;
	for (i = 0; !obstacle && i < files->count; i++) {
		saved = find_saved(menu, sysroot, files->name[i]);
		off = saved ? find_named(menu, saved, OFF) : NULL;
		if (!reads_custom(sysroot, files->name[i]))
			obstacle = no_source;
		else if (!saved)
			obstacle = no_name;
		*copied = *copied && off && off->kind == MENU_OFF;
		free(saved);
	}
	return obstacle;
}

/* --- the commands ------------------------------------------------------------------------------
 */

/* Returns the text of our block: a new string, or NULL with errno. */
static char *read_commands(const char *sysroot)
{
	char *text = config_text(sysroot, COMMANDS), *all;

	if (!text)
		return NULL;
	if (asprintf(&all, "set vfio_claim_off=\"${saved_entry}" OFF "\"\n%s", text) < 0)
		all = NULL;
	free(text);
	return all;
}

/* Returns true if each custom.cfg has the block. */
static bool have_commands(const char *sysroot, const struct string_set *files)
{
	char *commands = read_commands(sysroot);
	bool have = commands != NULL;
	size_t i;

	for (i = 0; have && i < files->count; i++)
		have = grub_custom_has(sysroot, files->name[i], MAKER, commands);
	free(commands);
	return have;
}

/* Adds the steps that write the block, or remove it. Returns 0, or -1 after printing an error. */
static int set_commands(struct changes *changes, const struct string_set *files,
			const char *commands)
{
	int result = 0;
	size_t i;

	for (i = 0; result == 0 && i < files->count; i++)
		result = grub_custom_set(changes, files->name[i], MAKER, commands);
	return result;
}

/* --- what is set up ----------------------------------------------------------------------------
 */

static const char *find_menus_trouble(const char *sysroot)
{
	struct string_set files = boot_files_grub_bls(sysroot);
	struct boot_menu menu;
	const char *trouble;
	bool copied;

	boot_menu_read(&menu, sysroot);
	trouble = find_obstacle(&menu, sysroot, &files, &copied);
	if (!trouble && !have_commands(sysroot, &files))
		trouble = "the commands that count boots, in GRUB's custom.cfg, are missing or "
			  "were changed";
	else if (!trouble && !copied)
		trouble = "GRUB's default entry has no copy without claims, ~novfio.conf, to start";
	boot_menu_free(&menu);
	string_set_free(&files);
	return trouble;
}

static const char *find_trouble(const struct fallback *fallback, const char *sysroot)
{
	const char *trouble = grub_count_trouble(fallback);

	return trouble || !fallback->tries ? trouble : find_menus_trouble(sysroot);
}

static const char *find_cure(const struct fallback *fallback)
{
	if (fallback->trouble == no_name)
		return "grubby --set-default=/boot/vmlinuz-VERSION";
	if (fallback->trouble == no_source)
		return "chmod +x /etc/grub.d/41_custom, and make grub.cfg again";
	return NULL;
}

/* --- setting it up -----------------------------------------------------------------------------
 */

static bool fits(const char *sysroot, const struct boot_config *config)
{
	(void)sysroot;
	return config == &config_grubby;
}

/* A step: checks all of it. @digit: see grub_count_check(). */
static int check_all(const char *sysroot, const char *digit)
{
	const char *trouble = find_menus_trouble(sysroot);

	if (!trouble)
		return grub_count_check(sysroot, digit);
	message_error("boots are not counted: %s", trouble);
	return -1;
}

/* Adds the steps for the menu. Returns 0, or -1 after printing an error. */
static int set_menu(struct changes *changes, const struct boot_menu *menu,
		    const struct string_set *files)
{
	char *commands = read_commands(changes->sysroot);
	const char *obstacle;
	int result = -1;
	bool copied;

	obstacle = find_obstacle(menu, changes->sysroot, files, &copied);
	if (!commands)
		message_error("cannot read " COMMANDS ": %s: install the package vfio-claim again",
			      config_error(errno));
	else if (obstacle)
		message_error("--fallback is not possible: %s", obstacle);
	else if (copied || entry_copies_make(changes, menu, "add") == 0)
		result = set_commands(changes, files, commands);
	free(commands);
	return result;
}

static int set_count(struct changes *changes, const struct boot_config *config, const char *digit)
{
	struct string_set files = boot_files_grub_bls(changes->sysroot);
	struct boot_menu menu;
	int result;

	(void)config;
	boot_menu_read(&menu, changes->sysroot);
	result = grub_count_possible(changes->sysroot);
	if (result == 0)
		result = set_menu(changes, &menu, &files);
	if (result == 0)
		result = grub_count_set(changes, digit);
	if (result == 0)
		changes_call(changes, check_all, "check the count of boots, which is", digit);
	boot_menu_free(&menu);
	string_set_free(&files);
	return result;
}

/* Without a count, a block that is left does nothing. */
static int clear(struct changes *changes)
{
	struct string_set files = boot_files_grub_bls(changes->sysroot);
	int result = set_commands(changes, &files, NULL);

	string_set_free(&files);
	return result;
}

const struct fallback_loader fallback_blscfg = {
	.is_here = is_here,
	.read = grub_count_read,
	.find_trouble = find_trouble,
	.find_cure = find_cure,
	.fits = fits,
	.set = set_count,
	.clear = clear,
	.reached = grub_count_put_back,
};
