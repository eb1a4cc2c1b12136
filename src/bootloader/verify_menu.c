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
		complain("%s is set in %s; first: %s", word, place, how);
	free(how);
	free(place);
	free(word);
	free(ours);
}

/* Prints what to do if the command line of a unified kernel image is sealed. */
static void say_addon(const char *sysroot, const struct menu_entry *entry)
{
	if (entry->image && !config_addon.is_here(sysroot) && addons_are_read(sysroot, entry->file))
		complain("if its command line is sealed: 'vfio-claim enable --addon' leaves the "
			 "image as it is, and puts an add-on beside it");
}

int verify_menu(const char *sysroot, const char *words)
{
	const struct menu_entry *other;
	struct boot_menu menu;
	int result;

	boot_menu_read(&menu, sysroot);
	result = boot_menu_check(&menu, sysroot);
	other = boot_menu_first_other(&menu, words);
	if (other) {
		complain("an entry in %s has '%s', which is not what was set", other->file,
			 other->cmdline);
		say_foreign(sysroot, other, words);
		say_addon(sysroot, other);
		result = -1;
	} else if (result == 0 && !boot_menu_is_known(&menu)) {
		complain("warning: no boot menu can be read: cannot tell whether the next boot "
			 "has the words");
	}
	boot_menu_free(&menu);
	return result;
}
