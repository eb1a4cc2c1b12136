/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_addon.c - an add-on for all unified kernel images of a partition, whose words systemd-stub
 * appends to their sealed command lines: loader/addons/vfio-claim.addon.efi
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../host/messages.h"
#include "../../host/string_set.h"
#include "../../host/sysroot.h"
#include "../../host/write_file.h"
#include "../addons.h"
#include "../boot_config.h"
#include "../boot_files.h"
#include "../boot_menu.h"
#include "../uki.h"
#include "../ukify.h"

#define NAME   "vfio-claim.addon.efi"
#define INITRD "/var/tmp/vfio-claim-addon.cpio" /* while it is built */

static struct {
	change_fn *write;
	bool stale;
} carried;

void config_addon_carry(change_fn *write, bool stale)
{
	carried.write = write;
	carried.stale = stale;
}

/* Returns our existing add-ons: one for each partition with unified kernel images. */
static struct string_set find_ours(const char *sysroot)
{
	struct string_set all = boot_files_addons(sysroot), ours = { 0 };
	size_t i;

	for (i = 0; i < all.count; i++)
		if (strcmp(strrchr(all.name[i], '/') + 1, NAME) == 0)
			string_set_add(&ours, all.name[i]);
	string_set_free(&all);
	return ours;
}

static bool is_here(const char *sysroot)
{
	struct string_set ours = find_ours(sysroot);
	bool here = ours.count;

	string_set_free(&ours);
	return here;
}

static char *read_words(const char *sysroot)
{
	struct string_set ours = find_ours(sysroot);
	char *words = NULL;
	size_t i;

	for (i = 0; !words && i < ours.count; i++)
		words = uki_section(sysroot, ours.name[i], ".cmdline");
	string_set_free(&ours);
	if (!words)
		words = strdup("");
	if (!words)
		message_errno(ENOMEM, NAME);
	return words;
}

/* --- where it belongs --------------------------------------------------------------------------
 */

/* Prints why the words in an add-on would not reach the entry. Returns -1. */
static int say_unfit(const char *sysroot, const struct menu_entry *entry)
{
	unsigned int version = entry->image ? uki_stub_version(sysroot, entry->file) : 0;

	if (!entry->image)
		message_error("%s is no unified kernel image, and only those have add-ons: use "
			      "'vfio-claim enable' without --addon",
			      entry->file);
	else if (!version)
		message_error(
			"%s is not started by systemd-stub, which reads add-ons: use --config",
			entry->file);
	else
		message_error(
			"%s is started by systemd-stub %u, and add-ons need %u or later: build the "
			"image with a later one, or use --config",
			entry->file, version, ADDONS_STUB);
	return -1;
}

/* Adds the path of our add-on for an entry to @files. Returns 0, or -1 after printing an error. */
static int add_file(struct string_set *files, const char *sysroot, const struct menu_entry *entry)
{
	char *directory, *file = NULL;
	int err;

	if (!entry->image || !addons_are_read(sysroot, entry->file))
		return say_unfit(sysroot, entry);
	directory = addons_directory(entry->file);
	if (directory && asprintf(&file, "%s/" NAME, directory) < 0)
		file = NULL;
	err = file ? string_set_add(files, file) : -ENOMEM;
	free(file);
	free(directory);
	if (err)
		message_errno(err, NAME);
	return err ? -1 : 0;
}

/* Finds the paths that our add-on needs. Returns 0, or -1 after printing an error. */
static int find_files(struct string_set *files, const char *sysroot)
{
	struct boot_menu menu;
	int result = 0;
	size_t i;

	boot_menu_read(&menu, sysroot);
	for (i = 0; result == 0 && i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL)
			result = add_file(files, sysroot, &menu.entry[i]);
	boot_menu_free(&menu);
	if (result == 0 && !files->count) {
		message_error("no unified kernel image is found in EFI/Linux below /boot, /efi and "
			      "/boot/efi: add-ons are only for those");
		result = -1;
	}
	return result;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* A step: creates the directory of @file. */
static int make_directory(const char *sysroot, const char *directory)
{
	char *path = path_below(sysroot, directory);
	int err = path ? make_directories(path) : -errno;

	if (err)
		message_errno(err, "cannot create %s%s", sysroot, directory);
	free(path);
	return err ? -1 : 0;
}

/* Returns true if the add-on has these words and need not be built again. */
static bool is_so(const char *sysroot, const char *file, const char *words)
{
	char *has = uki_section(sysroot, file, ".cmdline");
	bool so = has && strcmp(has, words) == 0 &&
		  (uki_is_signed(sysroot, file) || !ukify_has_key(sysroot)) && !carried.stale &&
		  uki_has_section(sysroot, file, ".initrd") == (carried.write != NULL);

	free(has);
	return so;
}

static int add_addon(struct changes *changes, const char *file, const char *words)
{
	char *directory;

	if (is_so(changes->sysroot, file, words))
		return 0;
	directory = strndup(file, (size_t)(strrchr(file, '/') - file));
	if (!directory) {
		message_errno(ENOMEM, "%s", file);
		return -1;
	}
	changes_keep(changes, file);
	changes_call(changes, make_directory, "create", directory);
	free(directory);
	return ukify_add_step(changes, file, words, carried.write ? INITRD : NULL);
}

/* A step: removes the file. */
static int remove_file(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path);
	int err = file && unlink(file) == 0 ? 0 : -errno;

	if (err)
		message_errno(err, "cannot remove %s%s", sysroot, path);
	free(file);
	return err ? -1 : 0;
}

/* Returns 0, or -1 after printing an error. */
static int add_addons(struct changes *changes, const char *words)
{
	struct string_set files = { 0 };
	int result = find_files(&files, changes->sysroot);
	bool needed = false;
	size_t i;

	if (result == 0)
		result = ukify_check(changes->sysroot);
	for (i = 0; i < files.count && carried.write; i++)
		needed |= !is_so(changes->sysroot, files.name[i], words);
	if (result == 0 && needed) {
		changes_keep(changes, INITRD);
		changes_call(changes, carried.write, "pack", INITRD);
	}
	for (i = 0; result == 0 && i < files.count; i++)
		result = add_addon(changes, files.name[i], words);
	if (needed)
		changes_call(changes, remove_file, "remove", INITRD);
	string_set_free(&files);
	return result;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	struct string_set ours;
	size_t i;

	(void)old;
	if (words[0])
		return add_addons(changes, words);
	ours = find_ours(changes->sysroot);
	for (i = 0; i < ours.count; i++)
		changes_file(changes, ours.name[i], NULL);
	string_set_free(&ours);
	return 0;
}

const struct boot_config config_addon = {
	.what = NAME,
	.place = "addon",
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
