/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify_menu.h"

#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/messages.h"
#include "addons.h"
#include "boot_config.h"
#include "boot_menu.h"
#include "cmdline_removal.h"
#include "config_line.h"
#include "proxmox/esp_copies.h"
#include "proxmox/esps.h"

/*
 * Prints which setting, if known, added the first of our words that is on @entry but not in @words.
 */
static void say_foreign(const char *sysroot, const struct menu_entry *entry, const char *words)
{
	char *ours = cmdline_ours(entry->cmdline), *place = NULL, *how = NULL;
	char *word = ours ? cmdline_without(ours, words) : NULL;

	if (word) {
		word[strcspn(word, " ")] = '\0';
		place = word[0] ? config_line_place(sysroot, word) : NULL;
	}
	if (place)
		how = cmdline_removal(sysroot, entry->file, word);
	if (how)
		message_error("%s is set in %s; first: %s", word, place, how);
	free(how);
	free(place);
	free(word);
	free(ours);
}

/* Prints what to do if the command line of a unified kernel image is sealed. */
static void say_addon(const char *sysroot, const struct menu_entry *entry)
{
	if (entry->image && !config_addon.is_here(sysroot) && addons_are_read(sysroot, entry->file))
		message_error(
			"if its command line is sealed: 'vfio-claim enable --addon' leaves the "
			"image as it is, and puts an add-on beside it");
}

/* Returns 0 if all entries of the menu are as wanted, or -1 after printing an error. */
static int check_entries(const struct boot_menu *menu, const char *sysroot, const char *words)
{
	const struct menu_entry *other = boot_menu_first_other(menu, words);

	if (!other)
		return 0;
	message_error("an entry in %s has '%s', which is not what was set",
		      esp_copies_name(other->file), other->cmdline);
	say_foreign(sysroot, other, words);
	say_addon(sysroot, other);
	return -1;
}

/*
 * Checks one of proxmox-boot-tool's partitions. One that the tool skips may be a mirror's that has
 * failed: this costs a warning. Returns 0, or -1 after printing an error.
 */
static int check_esp(const struct esp *esp, const struct boot_menu *menu, const char *sysroot,
		     const char *words)
{
	if (esp->why && esp->skipped)
		message_warning("the EFI system partition %s is left out: %s", esp->uuid, esp->why);
	if (esp->why)
		return esp->skipped ? 0 : -1;
	if (!boot_menu_is_known(menu)) {
		message_error(
			"the EFI system partition %s has no entry that starts this system: run "
			"'proxmox-boot-tool refresh' and see what it says",
			esp->uuid);
		return -1;
	}
	return check_entries(menu, sysroot, words);
}

/* Checks all of these partitions. */
static int verify_esps(const char *sysroot, const char *words)
{
	struct boot_menu menu;
	int result;
	size_t i;

	boot_menu_read(&menu, sysroot);
	result = boot_menu_check(&menu, sysroot);
	boot_menu_free(&menu);
	for (i = 0; boot_menu_read_other(&menu, sysroot, i); i++) {
		if (check_esp(esps_at(i), &menu, sysroot, words) < 0)
			result = -1;
		boot_menu_free(&menu);
	}
	return result;
}

int verify_menu(const char *sysroot, const char *words)
{
	struct boot_menu menu;
	int result;

	if (esps_in_charge(sysroot))
		return verify_esps(sysroot, words);
	boot_menu_read(&menu, sysroot);
	result = boot_menu_check(&menu, sysroot);
	if (check_entries(&menu, sysroot, words) < 0) {
		result = -1;
	} else if (result == 0 && !boot_menu_is_known(&menu)) {
		message_warning("no boot menu can be read: cannot tell whether the next boot "
				"has the words");
	}
	boot_menu_free(&menu);
	return result;
}
