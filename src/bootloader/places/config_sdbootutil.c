/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_sdbootutil.c - /etc/kernel/cmdline, from which openSUSE's sdbootutil makes the entries of
 * systemd-boot and GRUB2-BLS. It also updates the predictions for a TPM, so only sdbootutil changes
 * the entries. It changes those of the running snapshot; the others stay as they are.
 */
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../menus/sdbootutil.h"
#include "kernel_cmdline_file.h"
#include "transactional.h"

static bool is_here(const char *sysroot)
{
	struct boot_menu menu;
	bool here;

	boot_menu_read(&menu, sysroot);
	here = sdbootutil_is_here(sysroot, &menu);
	boot_menu_free(&menu);
	return here;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	size_t before = changes->count;

	(void)old;
	if (kernel_cmdline_file_set(changes, words, true) < 0)
		return -1;
	return changes->count > before ? transactional_check_outside(changes->sysroot) : 0;
}

/* If space is short, sdbootutil may remove entries of old snapshots. */
static int update_entries(struct changes *changes)
{
	struct string_set entries = boot_files_entries(changes->sysroot);
	size_t i;

	for (i = 0; i < entries.count; i++)
		changes_keep(changes, entries.name[i]);
	string_set_free(&entries);
	changes_run(changes, (const char *const[]){ "sdbootutil", "update-all-entries", NULL });
	return 0;
}

const struct boot_config config_sdbootutil = {
	.what = "sdbootutil",
	.is_here = is_here,
	.read = kernel_cmdline_file_read,
	.set = set_words,
	.apply = update_entries,
};
