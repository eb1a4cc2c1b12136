/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "entry_copies.h"

#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "bls_entry.h"
#include "boot_files.h"

bool entry_copies_can(const struct menu_entry *entry)
{
	return entry->kind == MENU_NORMAL && entry->source == MENU_BLS && !entry->image;
}

/* Returns what follows "@token-@kver" in the file's name if that is ".conf" or a count, or NULL. */
static const char *find_end(const char *name, const char *token, const char *kver)
{
	size_t token_len = strlen(token), kver_len = strlen(kver);
	const char *end = name + token_len + 1 + kver_len;
	char *rest;
	bool is_end;

	if (strncmp(name, token, token_len) != 0 || name[token_len] != '-' ||
	    strncmp(name + token_len + 1, kver, kver_len) != 0)
		return NULL;
	rest = bls_name(end);
	is_end = rest && !rest[0] && end[0];
	free(rest);
	return is_end ? end : NULL;
}

const char *entry_copies_end(const struct menu_entry *entry, const char *sysroot)
{
	static const char *const files[] = { "/etc/kernel/entry-token", "/etc/machine-id" };
	const char *slash = strrchr(entry->file, '/'), *end = NULL;
	char *text, *token, *next;
	size_t i;

	if (!entry_copies_can(entry) || !entry->kver)
		return NULL;
	for (i = 0; !end && i < sizeof(files) / sizeof(files[0]); i++) {
		text = config_text(sysroot, files[i]);
		/* As the plugin: no token has a blank. */
		token = text ? strtok_r(text, " \t\n", &next) : NULL;
		for (; token && !end; token = strtok_r(NULL, " \t\n", &next))
			end = find_end(slash ? slash + 1 : entry->file, token, entry->kver);
		free(text);
	}
	return end;
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
