/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader_entries.h"

#include <errno.h>
#include <stdlib.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../bls_entry.h"
#include "../boot_menu.h"

/* Adds the step that changes the entry in @file. Returns 0, or -1 after printing an error. */
static int set_entry(struct changes *changes, const char *file, const char *words)
{
	char *text = config_text(changes->sysroot, file), *fresh;

	if (!text) {
		message_error("cannot read %s: %s", file, config_error(errno));
		return -1;
	}
	fresh = bls_with_words(text, words);
	if (fresh)
		changes_file(changes, file, fresh);
	else
		message_error("cannot change %s: %s", file, config_error(errno));
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

int loader_entries_set(struct changes *changes, const char *words)
{
	struct boot_menu menu;
	int result = 0;
	size_t i;

	boot_menu_read(&menu, changes->sysroot);
	for (i = 0; result == 0 && i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL && menu.entry[i].source == MENU_BLS)
			result = set_entry(changes, menu.entry[i].file, words);
	boot_menu_free(&menu);
	return result;
}
