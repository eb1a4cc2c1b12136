/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_bls.c - adds a copy of an entry to /boot/loader/entries
 *
 * In the menu it directly follows the original, so it is never the default. GRUB takes what follows
 * the last '-' as the release, so its copies have a '~', as in
 * kernel-install/95-vfio-claim.install. bootctl does not accept a '~' in the name of an entry
 * (src/shared/efi-loader.c, efi_loader_entry_name_valid()), but in both orders of systemd-boot '-'
 * precedes the '.' of ".conf".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "bls_entry.h"
#include "bls_menu.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "entry_name.h"
#include "grub/grub_default.h"
#include "grub/grub_menu.h"
#include "grub/grub_reboot.h"
#include "loader_order.h"
#include "try_entry.h"

#define GRUB_MARK   "~vfiotry"
#define LOADER_MARK "-vfiotry"

static bool has_entries(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL &&
		    strstr(menu->entry[i].file, "/loader/entries/"))
			return true;
	return false;
}

/* The copy of an entry. */
struct copy {
	char *name; /* the entry's */
	char *file;
	char *text;
};

static void copy_free(struct copy *copy)
{
	free(copy->name);
	free(copy->file);
	free(copy->text);
}

/* Adds the step that writes the copy. Returns 0, or -1 after printing an error. */
static int add_copy(struct changes *changes, const struct bls_item *item, const char *mark,
		    struct copy *copy)
{
	const char *slash = strrchr(item->entry->file, '/');

	if (!copy->text) {
		message_error("cannot copy %s: %s", item->entry->file, config_error(errno));
		return -1;
	}
	if (asprintf(&copy->name, "%s%s", item->name, mark) < 0) {
		copy->name = NULL;
	} else if (asprintf(&copy->file, "%.*s/%s.conf", (int)(slash - item->entry->file),
			    item->entry->file, copy->name) < 0) {
		copy->file = NULL;
	} else {
		changes_file(changes, copy->file, copy->text);
		return 0;
	}
	message_errno(ENOMEM, "%s", item->entry->file);
	return -1;
}

/* Adds the steps that remove all copies but @keep, which may be NULL. */
static void remove_copies(struct changes *changes, const struct boot_menu *menu, const char *keep)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_TRY && !menu->entry[i].image &&
		    strstr(menu->entry[i].file, "/loader/entries/") &&
		    (!keep || strcmp(menu->entry[i].file, keep) != 0))
			changes_file(changes, menu->entry[i].file, NULL);
}

static int no_entry(void)
{
	message_error("/boot/loader/entries has no entry of this system that could be copied");
	return -1;
}

/* --- GRUB --------------------------------------------------------------------------------------
 */

static bool is_grub(const char *sysroot, const struct boot_menu *menu)
{
	char *file = NULL, *text;

	text = has_entries(menu) ? boot_files_grub_with_entries(sysroot, &file) : NULL;
	free(file);
	free(text);
	return text;
}

/* Adds the step that copies GRUB's default entry. Returns 0, or -1 after printing an error. */
static int add_grub_copy(struct changes *changes, const struct bls_menu *all,
			 const struct grub_reboot *reboot, const char *menu, const char *words,
			 struct copy *copy)
{
	char *wanted = grub_default_name(menu, reboot->text, false);
	const struct bls_item *item = bls_menu_grub_default(all, wanted);
	char *kernelopts = boot_files_kernelopts(changes->sysroot);
	int result;

	if (item)
		copy->text = bls_copy(item->text, GRUB_MARK, kernelopts, words);
	result = item ? add_copy(changes, item, GRUB_MARK, copy) : no_entry();
	free(kernelopts);
	free(wanted);
	return result;
}

/* Checks that GRUB can start an entry once. Returns 0, or -1 after printing an error. */
static int check_grub(const struct grub_reboot *reboot, const char *sysroot, const char *file,
		      const char *menu)
{
	if (grub_menu_knows_next(menu))
		return grub_reboot_check(reboot, sysroot, GRUB_REBOOT_CONSEQUENCE);
	message_error(
		"%s has no one-time entries (next_entry): make sure that /etc/grub.d/00_header is "
		"there and executable, then run: grub2-mkconfig -o %s",
		file, file);
	return -1;
}

static int add_for_grub(struct changes *changes, const struct boot_menu *menu, const char *words)
{
	char *file, *text = boot_files_grub_with_entries(changes->sysroot, &file);
	struct grub_reboot reboot;
	struct copy copy = { 0 };
	struct bls_menu all;
	int result;

	bls_menu_read(&all, changes->sysroot, menu);
	result = grub_reboot_find(&reboot, changes->sysroot);
	if (result == 0)
		result = text && file ? check_grub(&reboot, changes->sysroot, file, text)
				      : no_entry();
	if (result == 0)
		result = add_grub_copy(changes, &all, &reboot, text, words, &copy);
	if (result == 0) {
		remove_copies(changes, menu, copy.file);
		result = grub_reboot_choose(&reboot, changes, copy.name);
	}
	grub_reboot_free(&reboot);
	copy_free(&copy);
	bls_menu_free(&all);
	free(text);
	free(file);
	return result;
}

static int remove_for_grub(struct changes *changes, const struct boot_menu *menu)
{
	char *name;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		name = menu->entry[i].kind == MENU_TRY ? bls_name(menu->entry[i].file) : NULL;
		if (name)
			grub_reboot_forget(changes, name);
		free(name);
	}
	remove_copies(changes, menu, NULL);
	return 0;
}

const struct try_loader try_grub_entries = {
	.is_here = is_grub,
	.add = add_for_grub,
	.remove = remove_for_grub,
};

/* --- systemd-boot ------------------------------------------------------------------------------
 */

static bool is_systemd_boot(const char *sysroot, const struct boot_menu *menu)
{
	return has_entries(menu) &&
	       (efi_loader_is_systemd_boot(sysroot) || has_program(sysroot, "bootctl"));
}

/* Returns the default entry or, if that cannot be copied, the first normal one. */
static const struct bls_item *find_default(const struct bls_menu *all, const char *sysroot,
					   const struct boot_menu *menu)
{
	bool elsewhere;
	const struct menu_entry *entry = loader_order_default(menu, sysroot, false, &elsewhere);
	size_t i;

	for (i = 0; i < all->count; i++)
		if (all->item[i].entry == entry && entry->kind == MENU_NORMAL)
			return &all->item[i];
	return bls_menu_grub_default(all, NULL);
}

/* Adds the step that chooses the entry with file name @name, or clears the choice if that is "". */
static void choose(struct changes *changes, const char *name)
{
	changes_run(changes, (const char *const[]){ "bootctl", "set-oneshot", name, NULL });
}

/* Returns true if the entry @name is chosen for one boot. */
static bool is_chosen(const char *sysroot, const char *name)
{
	char *value = efi_loader_variable(sysroot, "EntryOneShot");
	size_t len = strlen(name);
	bool is = value && strncmp(value, name, len) == 0 &&
		  (!value[len] || strcmp(value + len, ".conf") == 0);

	free(value);
	return is;
}

static int add_for_systemd_boot(struct changes *changes, const struct boot_menu *menu,
				const char *words)
{
	const struct bls_item *item;
	struct copy copy = { 0 };
	struct bls_menu all;
	int result = -1;
	char *file;

	if (!has_program(changes->sysroot, "bootctl")) {
		message_error(
			"bootctl, which chooses the entry for one boot, is not installed: it is "
			"part of systemd");
		return -1;
	}
	bls_menu_read(&all, changes->sysroot, menu);
	item = find_default(&all, changes->sysroot, menu);
	if (item)
		copy.text = bls_copy(item->text, LOADER_MARK, NULL, words);
	result = item ? add_copy(changes, item, LOADER_MARK, &copy) : no_entry();
	if (result == 0)
		result = entry_name_check(copy.name);
	if (result == 0) {
		remove_copies(changes, menu, copy.file);
		file = strrchr(copy.file, '/') + 1;
		if (changes_any(changes) || !is_chosen(changes->sysroot, copy.name))
			choose(changes, file);
	}
	copy_free(&copy);
	bls_menu_free(&all);
	return result;
}

static int remove_for_systemd_boot(struct changes *changes, const struct boot_menu *menu)
{
	char *name;
	size_t i;

	for (i = 0; i < menu->count; i++) {
		name = menu->entry[i].kind == MENU_TRY ? bls_name(menu->entry[i].file) : NULL;
		if (name && is_chosen(changes->sysroot, name))
			choose(changes, "");
		free(name);
	}
	remove_copies(changes, menu, NULL);
	return 0;
}

const struct try_loader try_systemd_boot = {
	.is_here = is_systemd_boot,
	.add = add_for_systemd_boot,
	.remove = remove_for_systemd_boot,
};
