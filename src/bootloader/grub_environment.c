/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_environment.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "../machine/disks/block_devices.h"
#include "grub_menu.h"

/* What helps where a choice cannot be for one boot. */
#define INSTEAD                                                                                    \
	"use 'vfio-claim enable', and should that boot hang, add rd.vfio=0 in GRUB's menu (press " \
	"e there)"

/* What can be assembled of devices has no end; this has. */
#define DEPTH_MAX 16

/* The block itself: a new string, or NULL without memory. */
static char *locate(const char *sysroot, const char *directory)
{
	char *name, *file = NULL;

	if (asprintf(&name, "%s/grubenv", directory) >= 0) {
		file = path_within(sysroot, name);
		free(name);
	}
	return file;
}

int grub_environment_find(struct grub_environment *environment, const char *sysroot)
{
	*environment = (struct grub_environment){ .directory = "/boot/grub" };
	if (has_program(sysroot, "grub2-reboot")) {
		environment->directory = "/boot/grub2";
		environment->second = true;
	} else if (!has_program(sysroot, "grub-reboot")) {
		return -1;
	}
	environment->file = locate(sysroot, environment->directory);
	if (environment->file)
		environment->text = file_text(sysroot, environment->file);
	if (environment->file && !environment->text)
		environment->text = strdup("");
	return environment->text ? 0 : -1;
}

void grub_environment_free(struct grub_environment *environment)
{
	free(environment->file);
	free(environment->text);
	*environment = (struct grub_environment){ 0 };
}

char *grub_environment_text(const char *sysroot, const char *file)
{
	static const char *const others[] = { "/boot/grub2/grubenv", "/boot/grub/grubenv" };
	const char *slash = strrchr(file, '/');
	char *path, *text = NULL;
	size_t i;

	if (slash && asprintf(&path, "%.*s/grubenv", (int)(slash - file), file) >= 0) {
		text = file_text(sysroot, path);
		free(path);
	}
	for (i = 0; !text && i < sizeof(others) / sizeof(others[0]); i++)
		text = file_text(sysroot, others[i]);
	return text;
}

/* --- whether GRUB can write there --------------------------------------------------------------
 */

/*
 * Those to whose files GRUB's save_env can write in place: where it knows their blocks, and none is
 * a copy, packed, or has a checksum (util/grub.d/00_header.in has the others).
 */
static bool is_writable(const char *type)
{
	static const char *const types[] = { "ext2", "ext3",  "ext4", "xfs",
					     "vfat", "msdos", "jfs",  "reiserfs" };
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(type, types[i]) == 0)
			return true;
	return false;
}

/* What of LVM or a RAID a block device is made of, or NULL. @path: of its directory in sysfs. */
static const char *find_assembled(const char *sysroot, const char *path, int depth)
{
	char *uuid = sysroot_read(sysroot, "%s/dm/uuid", path), *slave;
	struct string_set slaves = sysroot_list(sysroot, "%s/slaves", path);
	const char *found = NULL;
	size_t i;

	if (uuid && strncmp(uuid, "LVM-", 4) == 0)
		found = "a logical volume (LVM)";
	/* A partition is in the directory of its disk. */
	else if (sysroot_has(sysroot, "%s/md", path) || sysroot_has(sysroot, "%s/../md", path))
		found = "a RAID (md)";
	for (i = 0; !found && depth < DEPTH_MAX && i < slaves.count; i++) {
		slave = sysroot_real(sysroot, "%s/slaves/%s", path, slaves.name[i]);
		if (slave)
			found = find_assembled(sysroot, slave, depth + 1);
		free(slave);
	}
	string_set_free(&slaves);
	free(uuid);
	return found;
}

/* The mount that @path is below, or NULL. */
static struct libmnt_fs *find_mount(struct libmnt_table *mounts, const char *path)
{
	char *at = strdup(path), *slash;
	struct libmnt_fs *fs = NULL;

	while (at && at[0] && !fs) {
		fs = mnt_table_find_target(mounts, at, MNT_ITER_BACKWARD);
		slash = strrchr(at, '/');
		if (!fs && slash)
			*slash = '\0';
	}
	free(at);
	return fs ? fs : mnt_table_find_target(mounts, "/", MNT_ITER_BACKWARD);
}

/* Gives 0, or -1 after a message. */
static int check_mount(const char *sysroot, struct libmnt_fs *fs, const char *file)
{
	const char *type = mnt_fs_get_fstype(fs), *what;
	char *block;

	if (!type || !is_writable(type)) {
		complain("GRUB cannot write to %s, where %s is: what it is to start once it would "
			 "start ever after; " INSTEAD,
			 type ? type : "this file system", file);
		return -1;
	}
	block = block_by_number(sysroot, mnt_fs_get_devno(fs));
	what = block ? find_assembled(sysroot, block, 0) : NULL;
	free(block);
	if (!what)
		return 0;
	complain("GRUB cannot write to %s, where %s is: what it is to start once it would start "
		 "ever after; " INSTEAD,
		 what, file);
	return -1;
}

int grub_environment_check(const struct grub_environment *environment, const char *sysroot)
{
	char *table = path_below(sysroot, "/proc/self/mountinfo");
	struct libmnt_table *mounts = table ? mnt_new_table_from_file(table) : NULL;
	struct libmnt_fs *fs = mounts ? find_mount(mounts, environment->file) : NULL;
	int result = -1;

	if (fs)
		result = check_mount(sysroot, fs, environment->file);
	else
		complain("it is not known on what %s is, and whether GRUB can write to it: "
			 "%s/proc/self/mountinfo does not tell; in a chroot, mount /proc",
			 environment->file, sysroot);
	mnt_free_table(mounts);
	free(table);
	return result;
}

/* --- the choice --------------------------------------------------------------------------------
 */

static bool is_chosen(const char *text, const char *id)
{
	char *next = grub_variable(text, "next_entry");
	bool is = next && strcmp(next, id) == 0;

	free(next);
	return is;
}

/* A step: whether it has been chosen. */
static int check_choice(const char *sysroot, const char *id)
{
	struct grub_environment environment;
	int result = -1;

	if (grub_environment_find(&environment, sysroot) == 0 && is_chosen(environment.text, id))
		result = 0;
	else
		complain("%s has no next_entry=%s, though grub-reboot was told so",
			 environment.file ? environment.file : "grubenv", id);
	grub_environment_free(&environment);
	return result;
}

void grub_environment_choose(const struct grub_environment *environment, struct changes *changes,
			     const char *id)
{
	char *command;

	if (is_chosen(environment->text, id))
		return;
	changes_keep(changes, environment->file);
	if (asprintf(&command, "grub%s-reboot '%s'", environment->second ? "2" : "", id) < 0) {
		complain_errno(ENOMEM, "grub-reboot");
		changes->failed = true;
		return;
	}
	changes_command(changes, command);
	changes_call(changes, check_choice, "see that GRUB's next choice is", id);
	free(command);
}

void grub_environment_forget(const struct grub_environment *environment, struct changes *changes,
			     const char *id)
{
	char *command;

	if (!is_chosen(environment->text, id))
		return;
	changes_keep(changes, environment->file);
	if (asprintf(&command, "grub%s-editenv '%s' unset next_entry",
		     environment->second ? "2" : "", environment->file) < 0) {
		complain_errno(ENOMEM, "grub-editenv");
		changes->failed = true;
		return;
	}
	changes_command(changes, command);
	free(command);
}
