/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * try_bls.c - loaders that show the files in /boot/loader/entries: one file more, a copy
 *
 * Its name is to come right behind that of the original, so that it is never the default itself.
 * For GRUB, which takes what is behind the last '-' for the release, by a '~', as in
 * kernel-install/95-vfio-claim.install; bootctl takes no file with a '~' in its name for an entry
 * (src/shared/efi-loader.c, efi_loader_entry_name_valid()), and both orders of systemd-boot have
 * '-' before the '.' of ".conf".
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/messages.h"
#include "../host/run_tool.h"
#include "../host/sysroot_files.h"
#include "bls_entry.h"
#include "bls_menu.h"
#include "efi_loader.h"
#include "grub_environment.h"
#include "grub_menu.h"
#include "loader_order.h"
#include "try_entry.h"

#define GRUB_MARK                                                                                  \
	"~"                                                                                        \
	"vfiotry"
#define LOADER_MARK                                                                                \
	"-"                                                                                        \
	"vfiotry"

static bool has_entries(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL &&
		    strstr(menu->entry[i].file, "/loader/entries/"))
			return true;
	return false;
}

/* Has the steps done for the copy of @item. */
struct copy {
	char *name; /* of the entry */
	char *file;
	char *text;
};

static void copy_free(struct copy *copy)
{
	free(copy->name);
	free(copy->file);
	free(copy->text);
}

/* Names the copy and has it written. Gives 0, or -1 after a message. */
static int add_copy(struct changes *changes, const struct bls_item *item, const char *mark,
		    struct copy *copy)
{
	const char *slash = strrchr(item->entry->file, '/');

	if (!copy->text || asprintf(&copy->name, "%s%s", item->name, mark) < 0) {
		copy->name = NULL;
	} else if (asprintf(&copy->file, "%.*s/%s.conf", (int)(slash - item->entry->file),
			    item->entry->file, copy->name) < 0) {
		copy->file = NULL;
	} else {
		changes_file(changes, copy->file, copy->text);
		return 0;
	}
	complain_errno(ENOMEM, "%s", item->entry->file);
	return -1;
}

/* Removes all such copies but @keep, which may be NULL. */
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
	complain("there is no entry for this system in /boot/loader/entries to make a copy of");
	return -1;
}

/* --- GRUB --------------------------------------------------------------------------------------
 */

/* The grub.cfg that shows the entries: its text, a new string, or NULL. */
static char *find_menu(const char *sysroot)
{
	static const char *const files[] = { "/boot/grub2/grub.cfg", "/boot/grub/grub.cfg" };
	struct string_set vendors = sysroot_list(sysroot, "/boot/efi/EFI");
	char *text = NULL, *path;
	size_t i;

	for (i = 0; !text && i < sizeof(files) / sizeof(files[0]) + vendors.count; i++) {
		if (i < sizeof(files) / sizeof(files[0]))
			path = strdup(files[i]);
		else if (asprintf(&path, "/boot/efi/EFI/%s/grub.cfg",
				  vendors.name[i - sizeof(files) / sizeof(files[0])]) < 0)
			path = NULL;
		text = path ? file_text(sysroot, path) : NULL;
		if (text && !grub_menu_reads_entries(text)) {
			free(text);
			text = NULL;
		}
		free(path);
	}
	string_set_free(&vendors);
	return text;
}

static bool is_grub(const char *sysroot, const struct boot_menu *menu)
{
	char *text = has_entries(menu) ? find_menu(sysroot) : NULL;

	free(text);
	return text;
}

/* Makes the copy of GRUB's default. Gives 0, or -1 after a message. */
static int add_grub_copy(struct changes *changes, const struct bls_menu *all,
			 const struct grub_environment *environment, const char *menu,
			 const char *words, struct copy *copy)
{
	char *wanted = grub_menu_default(menu, environment->text);
	const struct bls_item *item = bls_menu_grub_default(all, wanted);
	char *kernelopts = grub_variable(environment->text, "kernelopts");
	int result;

	if (item)
		copy->text = bls_copy(item->text, GRUB_MARK, kernelopts, words);
	result = item ? add_copy(changes, item, GRUB_MARK, copy) : no_entry();
	free(kernelopts);
	free(wanted);
	return result;
}

/* Gives 0, or -1 after a message. */
static int check_grub(const struct grub_environment *environment, const char *sysroot,
		      const char *menu)
{
	if (grub_menu_knows_next(menu))
		return grub_environment_check(environment, sysroot);
	complain(
		"GRUB's menu knows nothing of entries that are started once (next_entry): see that "
		"/etc/grub.d/00_header is there and executable, then: grub2-mkconfig -o "
		"/boot/grub2/grub.cfg");
	return -1;
}

static int add_for_grub(struct changes *changes, const struct boot_menu *menu, const char *words)
{
	struct grub_environment environment;
	char *text = find_menu(changes->sysroot);
	struct copy copy = { 0 };
	struct bls_menu all;
	int result = -1;

	bls_menu_read(&all, changes->sysroot, menu);
	if (!text || grub_environment_find(&environment, changes->sysroot) < 0)
		complain("there is no grub2-reboot here, which chooses what is started once; it is "
			 "in the package grub2-tools-minimal");
	else
		result = check_grub(&environment, changes->sysroot, text);
	if (result == 0)
		result = add_grub_copy(changes, &all, &environment, text, words, &copy);
	if (result == 0) {
		remove_copies(changes, menu, copy.file);
		grub_environment_choose(&environment, changes, copy.name);
	}
	if (text)
		grub_environment_free(&environment);
	copy_free(&copy);
	bls_menu_free(&all);
	free(text);
	return result;
}

static int remove_for_grub(struct changes *changes, const struct boot_menu *menu)
{
	struct grub_environment environment;
	char *name;
	size_t i;

	if (grub_environment_find(&environment, changes->sysroot) == 0)
		for (i = 0; i < menu->count; i++) {
			name = menu->entry[i].kind == MENU_TRY ? bls_name(menu->entry[i].file)
							       : NULL;
			if (name)
				grub_environment_forget(&environment, changes, name);
			free(name);
		}
	grub_environment_free(&environment);
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

/* The entry that it starts by itself, or, when that is none to be copied, the first normal one. */
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

/* Adds the step that chooses @name, a file's, or nothing if that is "". */
static void choose(struct changes *changes, const char *name)
{
	char *command;

	if (asprintf(&command, "bootctl set-oneshot '%s'", name) < 0) {
		complain_errno(ENOMEM, "bootctl");
		changes->failed = true;
		return;
	}
	changes_command(changes, command);
	free(command);
}

/* Whether the entry @name will be started once. */
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
		complain("there is no bootctl here, which chooses what systemd-boot starts once");
		return -1;
	}
	bls_menu_read(&all, changes->sysroot, menu);
	item = find_default(&all, changes->sysroot, menu);
	if (item)
		copy.text = bls_copy(item->text, LOADER_MARK, NULL, words);
	result = item ? add_copy(changes, item, LOADER_MARK, &copy) : no_entry();
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
