/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "named_menu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../bls_entry.h"
#include "../bls_menu.h"
#include "../boot_config.h"
#include "../efi_loader.h"
#include "../entry_copies.h"
#include "../grub/grub_reboot.h"

#define GRUB_SCRIPT "/etc/grub.d/42_vfio-claim"

/* What bootctl takes in the id of an entry (systemd's efi_loader_entry_name_valid()). */
#define BOOTCTL_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-_."

/* --- which entries -----------------------------------------------------------------------------
 */

static bool is_called(const struct menu_entry *entry, const char *name)
{
	return entry->kind == MENU_NAMED && strcmp(entry->name, name) == 0;
}

/* Returns true if vfio-claim can copy the entry: not a unified kernel image, for example. */
static bool is_plain(const struct menu_entry *entry)
{
	return entry_copies_can(entry) ||
	       (entry->kind == MENU_NORMAL && !entry->image && entry->source == MENU_GRUB);
}

static bool has_plain(const struct boot_menu *menu, enum menu_source source)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (is_plain(&menu->entry[i]) && menu->entry[i].source == source)
			return true;
	return false;
}

const struct menu_entry *named_menu_find(const struct boot_menu *menu, const char *sysroot,
					 const char *name)
{
	const struct menu_entry *found = NULL;
	struct bls_menu all;
	size_t i;

	/* In menu order: newer kernels first. */
	bls_menu_read(&all, sysroot, menu);
	for (i = 0; !found && i < all.count; i++)
		if (is_called(all.item[i].entry, name))
			found = all.item[i].entry;
	bls_menu_free(&all);
	for (i = 0; !found && i < menu->count; i++)
		if (is_called(&menu->entry[i], name))
			found = &menu->entry[i];
	return found;
}

/* Returns the command of systemd-boot, or NULL: bootctl(1) does not accept every name. */
static char *bootctl_once(const char *name)
{
	char *command;

	if (!name[0] || name[strspn(name, BOOTCTL_CHARACTERS)] ||
	    asprintf(&command, "bootctl set-oneshot %s.conf", name) < 0)
		return NULL;
	return command;
}

/* Returns true if GRUB starts the entry that grub-reboot chooses only once. Prints nothing. */
static bool is_once(const char *sysroot)
{
	struct messages messages = { 0 }, *before = messages_collect(&messages);
	struct grub_reboot reboot = { 0 };
	bool once = grub_reboot_find(&reboot, sysroot) == 0 &&
		    grub_reboot_check(&reboot, sysroot, GRUB_REBOOT_CONSEQUENCE) == 0;

	grub_reboot_free(&reboot);
	messages_collect(before);
	messages_free(&messages);
	return once;
}

static char *grub_once(const char *sysroot, const char *argument)
{
	const char *tool = has_program(sysroot, "grub2-reboot") ? "grub2-reboot" : "grub-reboot";
	char *command;

	if (strchr(argument, '\'') || !is_once(sysroot) ||
	    asprintf(&command, "%s '%s'", tool, argument) < 0)
		return NULL;
	return command;
}

char *named_menu_once(const char *sysroot, const struct menu_entry *entry)
{
	char *name = entry->source == MENU_BLS ? bls_name(entry->file) : NULL, *command = NULL;
	const char *argument = name ? name : entry->title;

	if (name && efi_loader_is_systemd_boot(sysroot))
		command = bootctl_once(name);
	else if (argument)
		command = grub_once(sysroot, argument);
	free(name);
	return command;
}

/* --- whether they are right --------------------------------------------------------------------
 */

/* Returns true if @cmdline claims something, or has other words of vfio-claim: module options do
 * not count. */
static bool has_claims(const char *cmdline)
{
	char *ids = cmdline_value(cmdline, "vfio-pci.ids");
	char *ours = cmdline_ours(cmdline), *options = ours ? cmdline_module_options(ours) : NULL;
	char *others = options ? cmdline_without(ours, options) : NULL;
	bool has = ids || !others || others[0];

	free(others);
	free(options);
	free(ours);
	free(ids);
	return has;
}

/* Returns true if the entry has @words, and no other claims. */
static bool has_only(const struct menu_entry *entry, const char *words)
{
	char *others = cmdline_without(entry->cmdline, words);
	bool only = others && !has_claims(others) && cmdline_has(entry->cmdline, words);

	free(others);
	return only;
}

static bool is_same_kernel(const struct menu_entry *a, const struct menu_entry *b)
{
	return a->kver && b->kver ? strcmp(a->kver, b->kver) == 0 : a->source == b->source;
}

/* Returns true if the kernel of the entry @plain has the entry @name. */
static bool is_beside(const struct boot_menu *menu, const struct menu_entry *plain,
		      const char *name)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (is_called(&menu->entry[i], name) && is_same_kernel(&menu->entry[i], plain))
			return true;
	return false;
}

/*
 * Returns the first entry that is wrong: a named one with other words than @words (NULL: any), or a
 * plain one that has no such entry beside it; NULL if there is none.
 */
static const struct menu_entry *find_wrong(const struct boot_menu *menu, const char *name,
					   const char *words)
{
	const struct menu_entry *entry;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		entry = &menu->entry[i];
		if (is_called(entry, name) && !(words && has_only(entry, words)))
			return entry;
		if (words && is_plain(entry) && !is_beside(menu, entry, name))
			return entry;
	}
	return NULL;
}

static void say_wrong(const struct menu_entry *wrong, const char *name, const char *words)
{
	const char *kver = wrong->kver ? wrong->kver : "?";

	if (wrong->kind != MENU_NAMED)
		message_error("the boot menu did not get the entry '%s' beside the one in %s for "
			      "kernel %s",
			      name, wrong->file, kver);
	else if (words)
		message_error("the boot menu's entry '%s' in %s, for kernel %s, has '%s', which is "
			      "not what was set",
			      name, wrong->file, kver, wrong->cmdline);
	else
		message_error("the boot menu still has the entry '%s', in %s", name, wrong->file);
}

/* Returns 0 or -1; prints why unless @quiet. */
static int check(const char *sysroot, const char *name, bool quiet)
{
	const struct menu_entry *wrong = NULL;
	const struct named_entry *entry;
	struct named_entries all;
	struct boot_menu menu;
	int result = named_entries_read(&all, sysroot);

	boot_menu_read(&menu, sysroot);
	if (result == 0) {
		entry = named_entries_find(&all, name);
		wrong = find_wrong(&menu, name, entry ? entry->words : NULL);
		if (wrong && !quiet)
			say_wrong(wrong, name, entry ? entry->words : NULL);
	}
	boot_menu_free(&menu);
	named_entries_free(&all);
	return wrong ? -1 : result;
}

int named_menu_check(const char *sysroot, const char *name)
{
	return check(sysroot, name, false);
}

bool named_menu_is_right(const char *sysroot, const char *name)
{
	return check(sysroot, name, true) == 0;
}

/* --- how they get there ------------------------------------------------------------------------
 */

/* GRUB: its script writes them. Returns 0, or -1 after printing an error. */
static int make_grubs(struct changes *changes, const struct boot_config *config, bool wanted)
{
	if (wanted && !sysroot_has(changes->sysroot, GRUB_SCRIPT)) {
		message_error(GRUB_SCRIPT ", which writes named entries, is missing: install the "
					  "package vfio-claim again");
		return -1;
	}
	return config->apply(changes);
}

/* Entries that are left of kernels, or of the plugin. */
static void remove_copies(struct changes *changes, const struct boot_menu *menu, const char *name)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (is_called(&menu->entry[i], name) && menu->entry[i].source == MENU_BLS)
			changes_file(changes, menu->entry[i].file, NULL);
}

/* Returns true if the place makes entries that the script and the plugin can copy. */
static bool is_known_place(const struct boot_config *config)
{
	return config == &config_grub_d || config == &config_default_grub ||
	       config == &config_grubby || config == &config_kernel_install;
}

static int say_impossible(const struct boot_config *config, const char *words)
{
	message_error("a named entry cannot be added to the boot menu that is made from %s: copy "
		      "an entry by hand, if the boot loader allows it, and add to its kernel "
		      "command line: %s",
		      config->what, words ? words : "rd.vfio.claim=SEL");
	return -1;
}

static int add_steps(struct changes *changes, const struct boot_menu *menu, const char *name,
		     const char *words)
{
	const struct boot_config *config;

	if (!words && !named_menu_find(menu, changes->sysroot, name))
		return 0;
	config = boot_config_look(changes->sysroot);
	if (!config) {
		boot_config_say_none(changes->sysroot, NULL);
		return -1;
	}
	if (boot_menu_check(menu, changes->sysroot) < 0)
		return -1;
	if (is_known_place(config) && config->apply && has_plain(menu, MENU_GRUB))
		return make_grubs(changes, config, words != NULL);
	if (!is_known_place(config) || !has_plain(menu, MENU_BLS))
		return say_impossible(config, words);
	if (words)
		return entry_copies_make(changes, menu, "add");
	remove_copies(changes, menu, name);
	return 0;
}

int named_menu_set(struct changes *changes, const char *name, const char *words)
{
	struct boot_menu menu;
	int result;

	boot_menu_read(&menu, changes->sysroot);
	result = add_steps(changes, &menu, name, words);
	boot_menu_free(&menu);
	return result;
}

/* Returns true if the steps run grubby. */
static bool runs_grubby(const struct changes *changes)
{
	struct step step;
	size_t i;

	for (i = 0; changes_step(changes, i, &step); i++)
		if (step.command && strncmp(step.command, "grubby ", 7) == 0)
			return true;
	return false;
}

int named_menu_renew(struct changes *changes)
{
	struct named_entries all;
	struct boot_menu menu;
	int result = named_entries_read(&all, changes->sysroot);
	size_t i;

	boot_menu_read(&menu, changes->sysroot);
	if (result == 0 && all.count && runs_grubby(changes)) {
		result = entry_copies_make(changes, &menu, "add");
		for (i = 0; result == 0 && i < all.count; i++)
			changes_call(changes, named_menu_check, "check the boot menu's entry",
				     all.item[i].name);
	}
	boot_menu_free(&menu);
	named_entries_free(&all);
	return result;
}
