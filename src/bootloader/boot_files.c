/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_files.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/config_lines.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "grub/grub_default.h"
#include "grub/grub_menu.h"
#include "grub/grubenv.h"
#include "proxmox/esps.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const roots[] = { BOOT_FILES_ROOTS };

/* --- entries and images ------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* Adds the files in @directory whose names end in @end, links followed. */
static void add_files(struct string_set *files, const char *sysroot, const char *directory,
		      const char *end)
{
	struct string_set entries = sysroot_list(sysroot, "%s", directory);
	char *file;
	size_t i;

	for (i = 0; i < entries.count; i++) {
		if (!ends_with(entries.name[i], end))
			continue;
		/* /boot/efi and /efi may be the same directory. */
		file = sysroot_real(sysroot, "%s/%s", directory, entries.name[i]);
		if (file)
			string_set_add(files, file);
		free(file);
	}
	string_set_free(&entries);
}

/* Adds the files in @root/@below. */
static void add_below(struct string_set *files, const char *sysroot, const char *root,
		      const char *below, const char *end)
{
	char *directory;

	if (asprintf(&directory, "%s/%s", root, below) < 0)
		return;
	add_files(files, sysroot, directory, end);
	free(directory);
}

static struct string_set each_root(const char *sysroot, const char *below, const char *end)
{
	struct string_set files = { 0 };
	size_t i;

	for (i = 0; i < COUNT(roots); i++)
		add_below(&files, sysroot, roots[i], below, end);
	return files;
}

/* Returns the root of proxmox-boot-tool's partition that is chosen, if it has this loader. */
static const char *chosen_root(const char *sysroot, enum esp_loader loader)
{
	const struct esp *esp = esps_chosen(sysroot);

	return esp && esp->loader == loader ? esp->root : NULL;
}

struct string_set boot_files_entries(const char *sysroot)
{
	struct string_set files = { 0 };
	const char *root;

	if (!esps_in_charge(sysroot))
		return each_root(sysroot, "loader/entries", ".conf");
	root = chosen_root(sysroot, ESP_SYSTEMD_BOOT);
	if (root)
		add_below(&files, sysroot, root, "loader/entries", ".conf");
	return files;
}

struct string_set boot_files_images(const char *sysroot)
{
	if (esps_in_charge(sysroot))
		return (struct string_set){ 0 };
	return each_root(sysroot, "EFI/Linux", ".efi");
}

/* The first one counts: limine looks on each partition, the EFI system partition first. */
struct string_set boot_files_limine(const char *sysroot)
{
	static const char *const directories[] = { "", "/limine", "/EFI/limine", "/EFI/BOOT" };
	struct string_set files = { 0 };
	char *file;
	size_t i, j;

	for (i = COUNT(roots); i-- && !files.count;) {
		for (j = 0; j < COUNT(directories) && !files.count; j++) {
			file = sysroot_real(sysroot, "%s%s/limine.conf", roots[i], directories[j]);
			if (file)
				string_set_add(&files, file);
			free(file);
		}
	}
	return files;
}

char *boot_files_loader_conf(const char *sysroot)
{
	const char *directories[] = { "/efi", "/boot/efi", "/boot" };
	char *path, *text = NULL;
	size_t i;

	if (esps_in_charge(sysroot)) {
		directories[0] = chosen_root(sysroot, ESP_SYSTEMD_BOOT);
		directories[1] = directories[2] = NULL;
	}
	for (i = 0; !text && i < COUNT(directories) && directories[i]; i++) {
		if (asprintf(&path, "%s/loader/loader.conf", directories[i]) < 0)
			continue;
		text = config_text(sysroot, path);
		free(path);
	}
	return text;
}

struct string_set boot_files_addons(const char *sysroot)
{
	return each_root(sysroot, "loader/addons", ".addon.efi");
}

/* --- grub.cfg ----------------------------------------------------------------------------------
 */

/* Adds the path of the grub.cfg on proxmox-boot-tool's partition that is chosen. */
static void add_chosen_grub(struct string_set *places, const char *sysroot)
{
	const char *root = chosen_root(sysroot, ESP_GRUB);
	char *path;

	if (!root || asprintf(&path, "%s/grub/grub.cfg", root) < 0)
		return;
	string_set_add(places, path);
	free(path);
}

/* Returns the paths where a grub.cfg may be, in vendor directories on the EFI system partition. */
static struct string_set grub_places(const char *sysroot)
{
	struct string_set places = { 0 }, vendors;
	char *path;
	size_t i;

	if (esps_in_charge(sysroot)) {
		add_chosen_grub(&places, sysroot);
		return places;
	}
	vendors = sysroot_list(sysroot, "/boot/efi/EFI");
	string_set_add(&places, "/boot/grub/grub.cfg");
	string_set_add(&places, "/boot/grub2/grub.cfg");
	for (i = 0; i < vendors.count; i++) {
		if (asprintf(&path, "/boot/efi/EFI/%s/grub.cfg", vendors.name[i]) < 0)
			continue;
		string_set_add(&places, path);
		free(path);
	}
	string_set_free(&vendors);
	return places;
}

/* Returns true if a grub.cfg has a menu. One on the EFI system partition may only load another. */
static bool has_menu(const char *sysroot, const char *path)
{
	char *text = config_text(sysroot, path);
	bool has = text ? strstr(text, "menuentry ") != NULL : errno != ENOENT && errno != ENOTDIR;

	free(text);
	return has;
}

struct string_set boot_files_grub(const char *sysroot)
{
	struct string_set files = { 0 }, places = grub_places(sysroot);
	size_t i;

	for (i = 0; i < places.count; i++)
		if (has_menu(sysroot, places.name[i]))
			string_set_add(&files, places.name[i]);
	string_set_free(&places);
	return files;
}

char *boot_files_grub_text(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *path, *custom = NULL, *both;
	const char *slash = strrchr(file, '/');

	if (!text || !slash || !grub_menu_reads_custom(text))
		return text;
	if (asprintf(&path, "%.*s/custom.cfg", (int)(slash - file), file) >= 0) {
		custom = config_text(sysroot, path);
		free(path);
	}
	if (custom && asprintf(&both, "%s\n%s", text, custom) >= 0) {
		free(text);
		text = both;
	}
	free(custom);
	return text;
}

struct string_set boot_files_grub_bls(const char *sysroot)
{
	struct string_set files = { 0 }, places = grub_places(sysroot);
	char *text;
	size_t i;

	for (i = 0; i < places.count; i++) {
		text = config_text(sysroot, places.name[i]);
		if (text && grub_menu_reads_entries(text))
			string_set_add(&files, places.name[i]);
		free(text);
	}
	string_set_free(&places);
	return files;
}

char *boot_files_grub_with_entries(const char *sysroot, char **file)
{
	struct string_set files = boot_files_grub_bls(sysroot);
	char *text = files.count ? config_text(sysroot, files.name[0]) : NULL;

	*file = text ? strdup(files.name[0]) : NULL;
	string_set_free(&files);
	return text;
}

char *boot_files_kernelopts(const char *sysroot)
{
	static const char name[] = "kernelopts";
	char *text = config_text(sysroot, "/boot/grub2/grubenv");
	char *value = text ? grubenv_value(text, name) : NULL;

	free(text);
	if (value)
		return value;
	text = config_text(sysroot, "/boot/grub2/grub.cfg");
	value = text ? grub_default_setting(text, name) : NULL;
	free(text);
	return value;
}

/* --- U-Boot ------------------------------------------------------------------------------------
 */

bool boot_files_extlinux_is_read(const char *sysroot)
{
	struct string_set menus, entries;
	bool others;

	if (!sysroot_has(sysroot, BOOT_FILES_EXTLINUX) || sysroot_has(sysroot, "/sys/firmware/efi"))
		return false;
	if (sysroot_has(sysroot, "/sys/firmware/devicetree/base"))
		return true;
	menus = boot_files_grub(sysroot);
	entries = boot_files_entries(sysroot);
	others = menus.count || entries.count;
	string_set_free(&entries);
	string_set_free(&menus);
	return !others;
}

/* --- mounts ------------------------------------------------------------------------------------
 */

static struct libmnt_table *read_table(const char *sysroot, const char *path)
{
	char *file = path_below(sysroot, path);
	struct libmnt_table *table = file ? mnt_new_table_from_file(file) : NULL;

	free(file);
	return table;
}

const char *boot_files_unmounted(const char *sysroot)
{
	bool irrelevant = esps_in_charge(sysroot);
	struct libmnt_table *wanted = irrelevant ? NULL : read_table(sysroot, "/etc/fstab");
	struct libmnt_table *mounted = read_table(sysroot, "/proc/self/mountinfo");
	const char *unmounted = NULL;
	size_t i;

	for (i = 0; wanted && mounted && !unmounted && i < COUNT(roots); i++)
		if (mnt_table_find_target(wanted, roots[i], MNT_ITER_FORWARD) &&
		    !mnt_table_find_target(mounted, roots[i], MNT_ITER_FORWARD))
			unmounted = roots[i];
	mnt_free_table(wanted);
	mnt_free_table(mounted);
	return unmounted;
}

char *boot_files_subvolume(const char *sysroot, const char *target)
{
	struct libmnt_table *mounted = read_table(sysroot, "/proc/self/mountinfo");
	struct libmnt_fs *fs =
		mounted ? mnt_table_find_target(mounted, target, MNT_ITER_BACKWARD) : NULL;
	const char *root = fs ? mnt_fs_get_root(fs) : NULL;
	char *copy = root ? strdup(root) : NULL;

	mnt_free_table(mounted);
	return copy;
}
