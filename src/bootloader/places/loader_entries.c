/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loader_entries.h"

#include <errno.h>
#include <stdlib.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../bls_entry.h"
#include "../boot_menu.h"
#include "../kernel_cmdline.h"

#define KERNEL_CMDLINE "/etc/kernel/cmdline"

/* Changes the text of a file; returns NULL with errno. */
typedef char *edit_fn(const char *text, const char *words);

/*
 * Adds the step that changes @file. Returns 0, or -1 after printing an error; if there is no such
 * file only errno is set, to ENOENT.
 */
static int change(struct changes *changes, const char *file, edit_fn *edit, const char *words)
{
	char *text = config_text(changes->sysroot, file), *fresh;
	int err = errno;

	if (!text) {
		if (err != ENOENT)
			complain("cannot read %s: %s", file, config_error(err));
		errno = err;
		return -1;
	}
	fresh = edit(text, words);
	err = errno;
	if (fresh)
		changes_file(changes, file, fresh);
	else
		complain("cannot change %s: %s", file, config_error(err));
	errno = fresh ? 0 : EIO;
	err = fresh ? 0 : -1;
	free(fresh);
	free(text);
	return err;
}

int loader_entries_set(struct changes *changes, const char *words)
{
	struct boot_menu menu;
	int result = 0;
	size_t i;

	boot_menu_read(&menu, changes->sysroot);
	for (i = 0; result == 0 && i < menu.count; i++) {
		if (menu.entry[i].kind != MENU_NORMAL || menu.entry[i].image)
			continue;
		result = change(changes, menu.entry[i].file, bls_with_words, words);
		if (result < 0 && errno == ENOENT)
			complain("%s is gone", menu.entry[i].file);
	}
	boot_menu_free(&menu);
	return result;
}

int loader_entries_set_kernel_cmdline(struct changes *changes, const char *words)
{
	if (change(changes, KERNEL_CMDLINE, kernel_cmdline_with, words) == 0)
		return 1;
	return errno == ENOENT ? 0 : -1;
}
