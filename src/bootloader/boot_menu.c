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
#include "addons.h"
#include "bls_entry.h"
#include "boot_files.h"
#include "efi_loader.h"
#include "grub/grub_copy.h"
#include "grub/grub_menu.h"
#include "menu_file.h"
#include "menu_kernel.h"
#include "menus/extlinux_menu.h"
#include "menus/limine_menu.h"
#include "menus/refind_menu.h"
#include "named/named_entries.h"
#include "proxmox/esps.h"
#include "staged_deployment.h"
#include "uki.h"
#include "version_order.h"

static void entry_free(struct menu_entry *entry)
{
	free(entry->file);
	free(entry->cmdline);
	free(entry->name);
	free(entry->title);
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

/* Makes @entry a named one if its title and its id, or the name of its file, say so. */
static void find_name(struct menu_entry *entry, const char *title, const char *id)
{
	entry->name = named_entry_of(title, id);
	if (entry->name)
		entry->kind = MENU_NAMED;
	if (title && (entry->kind == MENU_NAMED || entry->kind == MENU_OFF))
		entry->title = strdup(title);
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
	char *text = config_text(sysroot, file), *kernelopts, *title;

	if (!text) {
		note_unread(menu, file);
		return;
	}
	title = bls_value(text, "title");
	find_name(&entry, title, file);
	free(title);
	if (!bls_has(text, "options"))
		entry.kind = MENU_OTHER;
	kernelopts = strstr(text, BLS_KERNELOPTS) ? boot_files_kernelopts(sysroot) : NULL;
	entry.cmdline = bls_options(text, kernelopts ? kernelopts : "");
	entry.kernel = bls_value(text, bls_has(text, "linux") ? "linux" : "efi");
	entry.initrds = bls_values(text, "initrd");
	entry.kver = menu_kernel_version(sysroot, file, entry.kernel);
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
	if (named_entry_is_off(item->title, item->id))
		return MENU_OFF;
	if (is_for_repairs(item->title) || (item->id && is_for_repairs(item->id)))
		return MENU_RECOVERY;
	return MENU_NORMAL;
}

/* Adds an item that starts a kernel; takes over its strings. */
static void add_item(struct boot_menu *menu, const char *sysroot, const char *file,
		     struct grub_item *item, size_t at)
{
	struct menu_entry entry = { .kind = kind_of_item(item), .source = MENU_GRUB, .at = at };

	entry.kernel = item->kernel;
	entry.cmdline = item->cmdline;
	entry.initrds = item->initrds;
	item->kernel = item->cmdline = NULL;
	item->initrds = (struct string_set){ 0 };
	entry.kver = menu_kernel_version(sysroot, file, entry.kernel);
	find_name(&entry, item->title, item->id);
	add(menu, &entry, file);
}

/* Returns true for entries that vfio-claim adds: in custom.cfg, or by its own script. */
static bool is_added(const struct grub_item *item)
{
	enum menu_kind kind = kind_of_item(item);
	char *name = named_entry_of(item->title, item->id);
	bool added = name || kind == MENU_TRY || kind == MENU_OFF;

	free(name);
	return added;
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
		else if (!is_added(item))
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
		extlinux_menu_read(&items, text);
	for (i = 0; i < items.count; i++) {
		struct extlinux_item *item = &items.item[i];
		struct menu_entry entry = { .source = MENU_UBOOT };

		entry.cmdline = strdup(item->cmdline ? item->cmdline : "");
		if (!item->kernel)
			entry.kind = MENU_OTHER;
		else if (entry.cmdline && cmdline_has(entry.cmdline, "single"))
			entry.kind = MENU_RECOVERY;
		entry.kernel = item->kernel;
		entry.initrds = item->initrds;
		item->kernel = NULL;
		item->initrds = (struct string_set){ 0 };
		entry.kver = menu_kernel_version(sysroot, BOOT_FILES_EXTLINUX, entry.kernel);
		add(menu, &entry, BOOT_FILES_EXTLINUX);
	}
	extlinux_menu_free(&items);
	free(text);
}

/* --- unified kernel images ---------------------------------------------------------------------
 */

static void read_image(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct menu_entry entry = { .kind = MENU_NORMAL, .source = MENU_UKI, .image = true };

	entry.cmdline = uki_cmdline(sysroot, file);
	if (!entry.cmdline)
		entry.cmdline = strdup("");
	entry.cmdline = addons_append(entry.cmdline, sysroot, file);
	entry.kernel = strdup(file);
	entry.kver = uki_kernel(sysroot, file);
	if (!entry.kver)
		entry.kver = menu_kernel_version(sysroot, file, file);
	add(menu, &entry, file);
}

/* --- limine.conf -------------------------------------------------------------------------------
 */

/* An entry that starts an EFI program: a unified kernel image, or another system. */
static void find_image(struct menu_entry *entry, const char *sysroot, const char *file)
{
	char *image = menu_file_find(sysroot, file, entry->kernel);

	entry->image = true;
	if (image) {
		if (!entry->cmdline)
			entry->cmdline = uki_cmdline(sysroot, image);
		entry->kver = uki_kernel(sysroot, image);
	}
	if (!entry->cmdline)
		entry->kind = MENU_OTHER;
	free(image);
}

/* Adds an item that starts a kernel; takes over its strings. */
static void add_limines(struct boot_menu *menu, const char *sysroot, const char *file,
			struct limine_item *item)
{
	struct menu_entry entry = { .source = MENU_LIMINE, .at = item->at };

	entry.kind = is_for_repairs(item->title) ? MENU_RECOVERY : MENU_NORMAL;
	entry.kernel = item->kernel;
	entry.cmdline = item->cmdline;
	entry.initrds = item->modules;
	item->kernel = item->cmdline = NULL;
	item->modules = (struct string_set){ 0 };
	if (item->efi)
		find_image(&entry, sysroot, file);
	if (!entry.cmdline)
		entry.cmdline = strdup("");
	if (!entry.kver)
		entry.kver = menu_kernel_version(sysroot, file, entry.kernel);
	add(menu, &entry, file);
}

static void read_limine(struct boot_menu *menu, const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file);
	struct limine_menu items = { 0 };
	size_t i;

	if (!text)
		note_unread(menu, file);
	else
		limine_menu_read(&items, text);
	for (i = 0; i < items.count; i++)
		if (items.item[i].kernel)
			add_limines(menu, sysroot, file, &items.item[i]);
	limine_menu_free(&items);
	free(text);
}

/* --- rEFInd ------------------------------------------------------------------------------------
 */

/* Adds the entries of a kernel: its own, and those of its submenu. */
static void read_kernel(struct boot_menu *menu, const char *sysroot, const char *file,
			const char *text, const char *kernel)
{
	struct menu_entry entry;
	size_t line = 0;
	char *options;

	while ((options = refind_menu_options(text, line, kernel))) {
		entry = (struct menu_entry){ .source = MENU_REFIND, .cmdline = options };
		entry.kind = line++ ? MENU_RECOVERY : MENU_NORMAL;
		entry.kernel = strdup(kernel);
		entry.initrds = refind_menu_images(sysroot, kernel, options);
		entry.kver = menu_kernel_version(sysroot, file, kernel);
		add(menu, &entry, file);
	}
}

static void read_refind(struct boot_menu *menu, const char *sysroot, const char *file)
{
	struct string_set kernels = refind_menu_kernels(sysroot, file);
	char *text = config_text(sysroot, file);
	size_t i;

	if (!text)
		note_unread(menu, file);
	for (i = 0; text && i < kernels.count; i++)
		read_kernel(menu, sysroot, file, text, kernels.name[i]);
	string_set_free(&kernels);
	free(text);
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

/* Returns the subvolume of btrfs that a command line mounts as root, or NULL. */
static char *subvolume_of(const char *cmdline)
{
	static const char name[] = "subvol=";
	char *flags = cmdline_value(cmdline, "rootflags"), *subvolume = NULL;
	const char *at = flags ? strstr(flags, name) : NULL;

	if (at)
		subvolume = strndup(at + strlen(name), strcspn(at + strlen(name), ","));
	free(flags);
	return subvolume;
}

/* Returns true if a command line's root is the snapshot @running; false also if that is NULL. */
static bool has_subvolume(const char *cmdline, const char *running)
{
	char *its = subvolume_of(cmdline);
	bool same = its && running && strcmp(its, running) == 0;

	free(its);
	return same;
}

static bool is_snapshots(const struct menu_entry *entry)
{
	char *its = subvolume_of(entry->cmdline);
	bool is = its && strstr(its, ".snapshots/");

	free(its);
	return is;
}

/*
 * Entries of other snapshots than the running one are for going back, as after a bad update
 * (snapper). If none is the running one's, the menu says nothing about this.
 */
static void find_snapshots(struct boot_menu *menu, const char *running)
{
	char *subvolume = running ? subvolume_of(running) : NULL;
	struct menu_entry *entry;
	bool any = false;
	size_t i;

	for (i = 0; subvolume && i < menu->count; i++)
		any |= menu->entry[i].kind == MENU_NORMAL &&
		       has_subvolume(menu->entry[i].cmdline, subvolume);
	for (i = 0; any && i < menu->count; i++) {
		entry = &menu->entry[i];
		if (entry->kind == MENU_NORMAL && is_snapshots(entry) &&
		    !has_subvolume(entry->cmdline, subvolume))
			entry->kind = MENU_RECOVERY;
	}
	free(subvolume);
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
		if ((menu->entry[i].kind == MENU_NORMAL || menu->entry[i].kind == MENU_NAMED) &&
		    !has_root(menu->entry[i].cmdline, root))
			menu->entry[i].kind = MENU_OTHER;
	find_snapshots(menu, running);
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

/* limine uses one file, rEFInd one for each directory with kernels. */
static void read_others(struct boot_menu *menu, const char *sysroot, const char *loader)
{
	if (!loader || efi_loader_is(sysroot, "Limine")) {
		read_files(menu, sysroot, boot_files_limine(sysroot), read_limine);
		find_others(menu, sysroot);
	}
	if (!menu->count && (!loader || efi_loader_is(sysroot, "rEFInd"))) {
		read_files(menu, sysroot, refind_menu_files(sysroot), read_refind);
		find_others(menu, sysroot);
	}
}

/* --- ostree's deployments ----------------------------------------------------------------------
 */

static bool is_deployment(const struct menu_entry *entry)
{
	char *path = entry->image ? NULL : cmdline_value(entry->cmdline, "ostree");
	bool is = path && entry->kind == MENU_NORMAL;

	free(path);
	return is;
}

/* Returns less than 0 if @a is of an older deployment: ostree-1.conf is older than ostree-2.conf.
 */
static int compare_age(const struct menu_entry *a, const struct menu_entry *b)
{
	const char *one = strrchr(a->file, '/'), *other = strrchr(b->file, '/');
	int order = 0;

	one = one ? one + strcspn(one, "0123456789") : a->file;
	other = other ? other + strcspn(other, "0123456789") : b->file;
	if (*one && *other)
		order = version_number_order(&one, &other);
	return order ? order : strcmp(a->file, b->file);
}

/*
 * Makes former deployments MENU_RECOVERY: all but the newest, or all if a deployment is staged.
 * They stay as they are, and are started only if the user selects them.
 */
static void spare_former_deployments(struct boot_menu *menu, bool staged)
{
	struct menu_entry *newest = NULL;
	size_t i;

	for (i = 0; i < menu->count && !staged; i++)
		if (is_deployment(&menu->entry[i]) &&
		    (!newest || compare_age(newest, &menu->entry[i]) < 0))
			newest = &menu->entry[i];
	for (i = 0; i < menu->count; i++)
		if (is_deployment(&menu->entry[i]) && &menu->entry[i] != newest)
			menu->entry[i].kind = MENU_RECOVERY;
}

/* ostree writes a staged deployment only at shutdown; it will be the default. */
static void read_deployments(struct boot_menu *menu, const char *sysroot)
{
	struct menu_entry entry = { .kind = MENU_NORMAL };

	if (!is_ostree_booted(sysroot))
		return;
	entry.cmdline = staged_cmdline(sysroot);
	if (!entry.cmdline && errno == EBADMSG)
		string_set_add(&menu->unread, STAGED_DEPLOYMENT ": it is not as ostree writes it");
	else if (!entry.cmdline && errno != ENOENT)
		note_unread(menu, STAGED_DEPLOYMENT);
	spare_former_deployments(menu, entry.cmdline != NULL);
	if (entry.cmdline)
		add(menu, &entry, STAGED_DEPLOYMENT);
}

static void read_menu(struct boot_menu *menu, const char *sysroot)
{
	char *loader = efi_loader_name(sysroot);
	struct string_set grub_files = boot_files_grub(sysroot);

	if (boot_files_extlinux_is_read(sysroot))
		read_extlinux(menu, sysroot);
	else if (loader)
		read_others(menu, sysroot, loader);
	if (!menu->count && !is_grubs_alone(sysroot, &grub_files)) {
		read_files(menu, sysroot, boot_files_entries(sysroot), read_entry);
		find_others(menu, sysroot);
		read_files(menu, sysroot, boot_files_images(sysroot), read_image);
	}
	if (!menu->count)
		read_files(menu, sysroot, grub_files, read_grub);
	else
		string_set_free(&grub_files);
	if (!menu->count)
		read_others(menu, sysroot, NULL);
	read_deployments(menu, sysroot);
	free(loader);
}

/* Notes what cannot be read of proxmox-boot-tool's partitions; that it skips some is no error. */
static void note_esps(struct boot_menu *menu)
{
	const struct esp *esp;
	size_t i;
	char *text;

	for (i = 0; (esp = esps_at(i)); i++) {
		if (!esp->why || esp->skipped ||
		    asprintf(&text, "the EFI system partition %s: %s", esp->uuid, esp->why) < 0)
			continue;
		string_set_add(&menu->unread, text);
		free(text);
	}
}

void boot_menu_read(struct boot_menu *menu, const char *sysroot)
{
	*menu = (struct boot_menu){ 0 };
	if (esps_in_charge(sysroot)) {
		esps_look(sysroot);
		note_esps(menu);
		if (!esps_chosen(sysroot) && !menu->unread.count)
			string_set_add(&menu->unread, "any EFI system partition of " ESPS_FILE
						      ": see 'proxmox-boot-tool status'");
	}
	read_menu(menu, sysroot);
}

bool boot_menu_read_other(struct boot_menu *menu, const char *sysroot, size_t index)
{
	const struct esp *esp = esps_at(index);

	*menu = (struct boot_menu){ 0 };
	esps_choose(esp);
	if (!esp)
		return false;
	if (esp->loader)
		read_menu(menu, sysroot);
	return true;
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
		message_error("cannot read %s", menu->unread.name[i]);
	if (unmounted)
		message_error("%s is not mounted, and /etc/fstab has it: mount it, then try again",
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
	size_t i;

	boot_menu_read(&menu, sysroot);
	is = !boot_menu_first_other(&menu, words);
	boot_menu_free(&menu);
	for (i = 0; is && esps_in_charge(sysroot) && boot_menu_read_other(&menu, sysroot, i); i++) {
		is = !boot_menu_first_other(&menu, words);
		boot_menu_free(&menu);
	}
	esps_choose(NULL);
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
