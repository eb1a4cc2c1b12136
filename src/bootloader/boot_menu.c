/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_menu.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/array.h"
#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "bls_entry.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "formats/extlinux_conf.h"
#include "grub_copy.h"
#include "grub_menu.h"
#include "menu_kernel.h"
#include "uki.h"

static void entry_free(struct menu_entry *entry)
{
	free(entry->file);
	free(entry->cmdline);
	free(entry->kver);
	free(entry->kernel);
	string_set_free(&entry->initrds);
}

/* Adds @entry, which owns its strings; it is dropped if out of memory. */
static void add(struct boot_menu *menu, struct menu_entry *entry, const char *file)
{
	entry->file = strdup(file);
	if (entry->file && entry->cmdline &&
	    array_add(&menu->entry, &menu->count, entry, sizeof(*entry)) == 0)
		return;
	entry_free(entry);
}

/* Notes that a file cannot be read, for the reason in errno. */
static void note_unread(struct boot_menu *menu, const char *file)
{
	char *text;

	if (asprintf(&text, "%s: %s", file, config_error(errno)) < 0)
		return;
	string_set_add(&menu->unread, text);
	free(text);
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* --- type 1 entries ----------------------------------------------------------------------------
 */

/* Returns true if CentOS, Pop!_OS, Arch or GRUB give a recovery entry this name. */
static bool is_for_repairs(const char *name)
{
	static const char *const words[] = { "0-rescue", "/Recovery-", "fallback",
					     "recovery mode" };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(name, words[i]))
			return true;
	return false;
}

static enum menu_kind kind_of_file(const char *file)
{
	if (ends_with(file, MENU_TRY_END))
		return MENU_TRY;
	if (strstr(file, "~novfio"))
		return MENU_OFF;
	return is_for_repairs(file) ? MENU_RECOVERY : MENU_NORMAL;
}

/* An entry without options starts another system or a tool. */
static void read_entry(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct menu_entry entry = { .kind = kind_of_file(file) };
	char *text = config_text(sysroot, file), *kernelopts;

	if (!text) {
		note_unread(menu, file);
		return;
	}
	if (!bls_has(text, "options"))
		entry.kind = MENU_OTHER;
	kernelopts = strstr(text, BLS_KERNELOPTS) ? boot_files_kernelopts(sysroot) : NULL;
	entry.cmdline = bls_options(text, kernelopts ? kernelopts : "");
	entry.kernel = bls_value(text, bls_has(text, "linux") ? "linux" : "efi");
	entry.initrds = bls_values(text, "initrd");
	entry.kver = menu_kernel_version(sysroot, entry.kernel);
	add(menu, &entry, file);
	free(kernelopts);
	free(text);
}

/* --- grub.cfg ----------------------------------------------------------------------------------
 */

static enum menu_kind kind_of_item(const struct grub_item *item)
{
	if (item->id && strcmp(item->id, GRUB_COPY_ID) == 0)
		return MENU_TRY;
	if (is_for_repairs(item->title) || (item->id && is_for_repairs(item->id)))
		return MENU_RECOVERY;
	return MENU_NORMAL;
}

/* Adds an item that starts a kernel; takes over its strings. */
static void add_item(struct boot_menu *menu, const char *sysroot, const char *file,
		     struct grub_item *item, size_t at)
{
	struct menu_entry entry = { .kind = kind_of_item(item), .at = at };

	entry.kernel = item->kernel;
	entry.cmdline = item->cmdline;
	entry.initrds = item->initrds;
	item->kernel = item->cmdline = NULL;
	item->initrds = (struct string_set){ 0 };
	entry.kver = menu_kernel_version(sysroot, entry.kernel);
	add(menu, &entry, file);
}

static void read_grub(struct boot_menu *menu, const char *sysroot, const char *file)
{
	char *text = boot_files_grub_text(sysroot, file);
	struct grub_menu items = { 0 };
	struct grub_item *item;
	bool any = false;
	size_t i;

	if (!text)
		note_unread(menu, file);
	else
		grub_menu_read(&items, text);
	for (i = 0; i < items.count; i++) {
		item = &items.item[i];
		if (!item->kernel)
			continue;
		/* In a hand-written file only the first is known to be ours. */
		if (items.sections ? item->origin == GRUB_OURS : !any)
			any = true;
		else if (kind_of_item(item) != MENU_TRY)
			continue;
		add_item(menu, sysroot, file, item, (size_t)(item->head.at - text));
	}
	grub_menu_free(&items);
	free(text);
}

/* --- extlinux.conf -----------------------------------------------------------------------------
 */

/* Adds the entries, in their order; u-boot-menu has one with "single" for each kernel. */
static void read_extlinux(struct boot_menu *menu, const char *sysroot)
{
	char *text = config_text(sysroot, BOOT_FILES_EXTLINUX);
	struct extlinux_menu items = { 0 };
	size_t i;

	if (!text)
		note_unread(menu, BOOT_FILES_EXTLINUX);
	else
		extlinux_conf_read(&items, text);
	for (i = 0; i < items.count; i++) {
		struct extlinux_item *item = &items.item[i];
		struct menu_entry entry = { .kind = MENU_NORMAL };

		entry.cmdline = strdup(item->cmdline ? item->cmdline : "");
		if (!item->kernel)
			entry.kind = MENU_OTHER;
		else if (entry.cmdline && cmdline_has(entry.cmdline, "single"))
			entry.kind = MENU_RECOVERY;
		entry.kernel = item->kernel;
		entry.initrds = item->initrds;
		item->kernel = NULL;
		item->initrds = (struct string_set){ 0 };
		entry.kver = menu_kernel_version(sysroot, entry.kernel);
		add(menu, &entry, BOOT_FILES_EXTLINUX);
	}
	extlinux_conf_free(&items);
	free(text);
}

/* --- unified kernel images ---------------------------------------------------------------------
 */

static void read_image(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct menu_entry entry = { .kind = MENU_NORMAL, .image = true };

	entry.cmdline = uki_cmdline(sysroot, file);
	if (!entry.cmdline)
		entry.cmdline = strdup("");
	entry.kernel = strdup(file);
	entry.kver = uki_kernel(sysroot, file);
	if (!entry.kver)
		entry.kver = menu_kernel_version(sysroot, file);
	add(menu, &entry, file);
}

/* --- all of it ---------------------------------------------------------------------------------
 */

typedef void read_fn(struct boot_menu *menu, const char *sysroot, const char *file);

static void read_files(struct boot_menu *menu, const char *sysroot, struct string_set files,
		       read_fn *read)
{
	size_t i;

	for (i = 0; i < files.count; i++)
		read(menu, sysroot, files.name[i]);
	string_set_free(&files);
}

/* Returns true if the root file system on a command line is @root. */
static bool has_root(const char *cmdline, const char *root)
{
	char *value = cmdline_value(cmdline, "root");
	bool same = value && strcmp(value, root) == 0;

	free(value);
	return same;
}

/*
 * Several systems may keep their entries in one directory. Those with the running system's root
 * file system are this system's; if none has it, as in a chroot, all are.
 */
static void find_others(struct boot_menu *menu, const char *sysroot)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *root = running ? cmdline_value(running, "root") : NULL;
	bool any = false;
	size_t i;

	for (i = 0; root && i < menu->count; i++)
		any |= menu->entry[i].kind == MENU_NORMAL && has_root(menu->entry[i].cmdline, root);
	for (i = 0; any && i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL && !has_root(menu->entry[i].cmdline, root))
			menu->entry[i].kind = MENU_OTHER;
	free(root);
	free(running);
}

/*
 * Returns true if GRUB starts this system from a grub.cfg that contains all its entries. Those in
 * loader/entries are then leftovers of another loader.
 */
static bool is_grubs_alone(const char *sysroot, const struct string_set *grub_files)
{
	bool alone = grub_files->count && !efi_loader_is_systemd_boot(sysroot);
	char *text;
	size_t i;

	for (i = 0; alone && i < grub_files->count; i++) {
		text = config_text(sysroot, grub_files->name[i]);
		alone = text && strstr(text, "### BEGIN /etc/grub.d/10_linux") &&
			!grub_menu_reads_entries(text);
		free(text);
	}
	return alone;
}

void boot_menu_read(struct boot_menu *menu, const char *sysroot)
{
	struct string_set grub_files = boot_files_grub(sysroot);

	*menu = (struct boot_menu){ 0 };
	if (boot_files_extlinux_is_read(sysroot))
		read_extlinux(menu, sysroot);
	else if (!is_grubs_alone(sysroot, &grub_files)) {
		read_files(menu, sysroot, boot_files_entries(sysroot), read_entry);
		find_others(menu, sysroot);
		read_files(menu, sysroot, boot_files_images(sysroot), read_image);
	}
	if (!menu->count)
		read_files(menu, sysroot, grub_files, read_grub);
	else
		string_set_free(&grub_files);
}

void boot_menu_free(struct boot_menu *menu)
{
	while (menu->count)
		entry_free(&menu->entry[--menu->count]);
	free(menu->entry);
	menu->entry = NULL;
	string_set_free(&menu->unread);
}

int boot_menu_check(const struct boot_menu *menu, const char *sysroot)
{
	const char *unmounted = boot_menu_is_known(menu) ? NULL : boot_files_unmounted(sysroot);
	size_t i;

	for (i = 0; i < menu->unread.count; i++)
		complain("cannot read %s", menu->unread.name[i]);
	if (unmounted)
		complain("%s is not mounted, and /etc/fstab has it: mount it, then try again",
			 unmounted);
	return menu->unread.count || unmounted ? -1 : 0;
}

/* Returns true if a command line has all @words, and no others of ours. */
static bool is_as_wanted(const char *cmdline, const char *words)
{
	char *ours = cmdline_ours(cmdline);
	bool wanted = ours && cmdline_has(cmdline, words) && cmdline_has(words, ours);

	free(ours);
	return wanted;
}

const struct menu_entry *boot_menu_first_other(const struct boot_menu *menu, const char *words)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL &&
		    !is_as_wanted(menu->entry[i].cmdline, words))
			return &menu->entry[i];
	return NULL;
}

bool boot_menu_is_as(const char *sysroot, const char *words)
{
	struct boot_menu menu;
	bool is;

	boot_menu_read(&menu, sysroot);
	is = !boot_menu_first_other(&menu, words);
	boot_menu_free(&menu);
	return is;
}

bool boot_menu_is_known(const struct boot_menu *menu)
{
	size_t i;

	for (i = 0; i < menu->count; i++)
		if (menu->entry[i].kind == MENU_NORMAL)
			return true;
	return false;
}
