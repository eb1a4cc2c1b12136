/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grub_reboot.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot.h"
#include "../../host/sysroot_files.h"
#include "../../machine/disks/block_devices.h"
#include "../entry_name.h"
#include "grubenv.h"

/* Limits how deeply assembled devices are searched. */
#define DEPTH_MAX 16

/* Returns the path of the block, links followed: a new string, or NULL if out of memory. */
static char *locate(const char *sysroot, const char *directory)
{
	char *name, *file = NULL;

	if (asprintf(&name, "%s/grubenv", directory) >= 0) {
		file = path_within(sysroot, name);
		free(name);
	}
	return file;
}

/* Finds the programs. Returns true if there are any. */
static bool find_programs(struct grub_reboot *reboot, const char *sysroot)
{
	reboot->second = has_program(sysroot, "grub2-reboot");
	reboot->directory = reboot->second ? "/boot/grub2" : "/boot/grub";
	return reboot->second || has_program(sysroot, "grub-reboot");
}

int grub_reboot_find(struct grub_reboot *reboot, const char *sysroot)
{
	*reboot = (struct grub_reboot){ 0 };
	if (!find_programs(reboot, sysroot)) {
		message_error("grub-reboot, which chooses the entry for one boot, is not installed "
			      "(Debian: grub2-common, CentOS and Fedora: grub2-tools-minimal)");
		return -1;
	}
	reboot->file = locate(sysroot, reboot->directory);
	reboot->text = reboot->file ? config_text(sysroot, reboot->file) : NULL;
	if (reboot->file && !reboot->text && errno == ENOENT)
		reboot->text = strdup("");
	if (!reboot->text)
		message_error("cannot read %s/grubenv: %s", reboot->directory, config_error(errno));
	return reboot->text ? 0 : -1;
}

void grub_reboot_free(struct grub_reboot *reboot)
{
	free(reboot->file);
	free(reboot->text);
	*reboot = (struct grub_reboot){ 0 };
}

/* --- whether GRUB can write there --------------------------------------------------------------
 */

/*
 * Returns true if GRUB's save_env can write to files on this file system in place: it knows their
 * blocks, and no block is a copy, compressed, or checksummed (util/grub.d/00_header.in lists the
 * other file systems).
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

/*
 * Returns the kind of LVM or RAID that a block device is made of, or NULL. @path: its directory in
 * sysfs.
 */
static const char *find_assembled(const char *sysroot, const char *path, int depth)
{
	char *uuid = sysroot_read(sysroot, "%s/dm/uuid", path), *slave;
	struct string_set slaves = sysroot_list(sysroot, "%s/slaves", path);
	const char *found = NULL;
	size_t i;

	if (uuid && strncmp(uuid, "LVM-", 4) == 0)
		found = "a logical volume (LVM)";
	/* A partition's directory is in the directory of its disk. */
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

/* Returns the mount that contains @path, or NULL. */
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

/* Returns 0, or -1 after printing an error. */
static int check_mount(const char *sysroot, struct libmnt_fs *fs, const char *file,
		       const char *consequence)
{
	const char *type = mnt_fs_get_fstype(fs), *what = NULL;
	char *block;

	if (type && is_writable(type)) {
		block = block_by_number(sysroot, mnt_fs_get_devno(fs));
		what = block ? find_assembled(sysroot, block, 0) : NULL;
		free(block);
		if (!what)
			return 0;
	}
	if (!what)
		what = type ? type : "this file system";
	message_error("GRUB cannot write to %s, where %s is: %s", what, file, consequence);
	return -1;
}

int grub_reboot_check(const struct grub_reboot *reboot, const char *sysroot,
		      const char *consequence)
{
	char *table = path_below(sysroot, "/proc/self/mountinfo");
	struct libmnt_table *mounts = table ? mnt_new_table_from_file(table) : NULL;
	struct libmnt_fs *fs = mounts ? find_mount(mounts, reboot->file) : NULL;
	int result = -1;

	if (fs)
		result = check_mount(sysroot, fs, reboot->file, consequence);
	else
		message_error(
			"cannot tell whether GRUB can write to %s: %s/proc/self/mountinfo does "
			"not name its file system; in a chroot, mount /proc",
			reboot->file, sysroot);
	mnt_free_table(mounts);
	free(table);
	return result;
}

/* --- the choice --------------------------------------------------------------------------------
 */

static bool is_chosen(const char *text, const char *id)
{
	char *next = grubenv_value(text, "next_entry");
	bool is = next && strcmp(next, id) == 0;

	free(next);
	return is;
}

/* A step: checks that the entry has been chosen. */
static int check_choice(const char *sysroot, const char *id)
{
	struct grub_reboot reboot;
	int result = grub_reboot_find(&reboot, sysroot);

	if (result == 0 && !is_chosen(reboot.text, id)) {
		message_error("grub-reboot did not set next_entry=%s in %s", id, reboot.file);
		result = -1;
	}
	grub_reboot_free(&reboot);
	return result;
}

int grub_reboot_choose(const struct grub_reboot *reboot, struct changes *changes, const char *id)
{
	const char *tool = reboot->second ? "grub2-reboot" : "grub-reboot";

	if (is_chosen(reboot->text, id))
		return 0;
	if (entry_name_check(id) < 0)
		return -1;
	changes_keep(changes, reboot->file);
	changes_run(changes, (const char *const[]){ tool, id, NULL });
	changes_call(changes, check_choice, "check the one-time entry", id);
	return 0;
}

void grub_reboot_forget(struct changes *changes, const char *id)
{
	struct grub_reboot reboot = { 0 };
	const char *tool;

	if (find_programs(&reboot, changes->sysroot)) {
		reboot.file = locate(changes->sysroot, reboot.directory);
		reboot.text = reboot.file ? config_text(changes->sysroot, reboot.file) : NULL;
	}
	if (reboot.text && is_chosen(reboot.text, id)) {
		tool = reboot.second ? "grub2-editenv" : "grub-editenv";
		changes_keep(changes, reboot.file);
		changes_run(changes, (const char *const[]){ tool, reboot.file, "unset",
							    "next_entry", NULL });
	}
	grub_reboot_free(&reboot);
}
