/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entry_copies.h"

#include <stdlib.h>
#include <string.h>

#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "boot_files.h"

bool entry_copies_can(const struct menu_entry *entry)
{
	return entry->kind == MENU_NORMAL && entry->source == MENU_BLS && !entry->image;
}

/* Notes what the plugin may write: any entry, and new ones in the same directories. */
static void keep_entries(struct changes *changes)
{
	struct string_set entries = boot_files_entries(changes->sysroot), directories = { 0 };
	char *directory;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		changes_keep(changes, entries.name[i]);
		directory = strndup(entries.name[i],
				    (size_t)(strrchr(entries.name[i], '/') - entries.name[i]));
		if (directory)
			string_set_add(&directories, directory);
		free(directory);
	}
	for (i = 0; i < directories.count; i++)
		changes_keep_directory(changes, directories.name[i]);
	string_set_free(&directories);
	string_set_free(&entries);
}

int entry_copies_make(struct changes *changes, const struct boot_menu *menu, const char *command)
{
	struct string_set kernels = { 0 };
	const struct menu_entry *entry;
	size_t i;

	if (!sysroot_has(changes->sysroot, ENTRY_COPIES_PLUGIN)) {
		message_error(ENTRY_COPIES_PLUGIN ", which copies boot entries, is missing: "
						  "install the package vfio-claim again");
		return -1;
	}
	keep_entries(changes);
	for (i = 0; i < menu->count; i++) {
		entry = &menu->entry[i];
		if (entry->kver && entry_copies_can(entry))
			string_set_add(&kernels, entry->kver);
	}
	for (i = 0; i < kernels.count; i++)
		changes_run(changes, (const char *const[]){ ENTRY_COPIES_PLUGIN, command,
							    kernels.name[i], NULL });
	string_set_free(&kernels);
	return 0;
}
