/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transactional.h"

#include <libmount/libmount.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot.h"
#include "../boot_files.h"
#include "../menu_default.h"

/* transactional-update sets it for the commands that it runs. */
#define VARIABLE "TRANSACTIONAL_UPDATE"

/* By fstab(5), as in sdbootutil, since inside a transaction the root is mounted read-write. */
static bool is_root_read_only(const char *sysroot)
{
	char *file = path_below(sysroot, "/etc/fstab");
	struct libmnt_table *table = file ? mnt_new_table_from_file(file) : NULL;
	struct libmnt_fs *fs = table ? mnt_table_find_target(table, "/", MNT_ITER_FORWARD) : NULL;
	bool is = fs && mnt_fs_match_options(fs, "ro") == 1;

	mnt_free_table(table);
	free(file);
	return is;
}

bool transactional_is(const char *sysroot)
{
	return has_program(sysroot, "transactional-update") && is_root_read_only(sysroot);
}

int transactional_check_inside(const char *sysroot)
{
	if (!transactional_is(sysroot) || getenv(VARIABLE))
		return 0;
	message_error(
		"the root file system is read-only and changes only in a new snapshot: run this "
		"command as 'transactional-update run vfio-claim ...', then reboot");
	return -1;
}

/* Returns true if the menu's default entry starts a snapshot other than the running one. */
static bool is_other_waiting(const char *sysroot)
{
	struct menu_default found;
	struct boot_menu menu;
	bool is;

	boot_menu_read(&menu, sysroot);
	found = menu_default_lasting(&menu, sysroot);
	is = !found.unknown && found.entry && found.entry->kind == MENU_RECOVERY &&
	     strstr(found.entry->cmdline, ".snapshots/");
	boot_menu_free(&menu);
	return is;
}

int transactional_check_outside(const char *sysroot)
{
	if (getenv(VARIABLE)) {
		message_error(
			"boot entries must be changed outside of a transaction: reboot into the "
			"new "
			"snapshot, then run this command without transactional-update");
		return -1;
	}
	if (!is_other_waiting(sysroot))
		return 0;
	message_error(
		"the next boot starts another snapshot than the running one: reboot first, then "
		"try again");
	return -1;
}
