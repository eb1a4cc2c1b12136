/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_files.h"

#include <errno.h>
#include <libmount/libmount.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"
#include "formats/refind_conf.h"
#include "grub_default.h"
#include "grub_menu.h"
#include "grubenv.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Where the boot partition and the EFI system partition may be. */
static const char *const roots[] = { "/boot", "/efi", "/boot/efi" };

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

static struct string_set each_root(const char *sysroot, const char *below, const char *end)
{
	struct string_set files = { 0 };
	char *directory;
	size_t i;

	for (i = 0; i < COUNT(roots); i++) {
		if (asprintf(&directory, "%s/%s", roots[i], below) < 0)
			continue;
		add_files(&files, sysroot, directory, end);
		free(directory);
	}
	return files;
}

struct string_set boot_files_entries(const char *sysroot)
{
	return each_root(sysroot, "loader/entries", ".conf");
}

struct string_set boot_files_images(const char *sysroot)
{
	return each_root(sysroot, "EFI/Linux", ".efi");
}

/* --- grub.cfg ----------------------------------------------------------------------------------
 */

/* Returns the paths where a grub.cfg may be, in vendor directories on the EFI system partition. */
static struct string_set grub_places(const char *sysroot)
{
	struct string_set places = { 0 }, vendors = sysroot_list(sysroot, "/boot/efi/EFI");
	char *path;
	size_t i;

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

char *boot_files_grub_with_entries(const char *sysroot, char **file)
{
	struct string_set places = grub_places(sysroot);
	char *text = NULL;
	size_t i;

	*file = NULL;
	for (i = 0; !text && i < places.count; i++) {
		text = config_text(sysroot, places.name[i]);
		if (text && !grub_menu_reads_entries(text)) {
			free(text);
			text = NULL;
		} else if (text) {
			*file = strdup(places.name[i]);
		}
	}
	string_set_free(&places);
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

/* --- rEFInd ------------------------------------------------------------------------------------
 */

#define REFIND "refind_linux.conf"

/* Adds those in the boot directories, and in directories of their EFI. */
static struct string_set refind_places(const char *sysroot)
{
	struct string_set files = { 0 }, names;
	char *directory;
	size_t i, j;

	for (i = 0; i < COUNT(roots); i++) {
		add_files(&files, sysroot, roots[i], REFIND);
		names = sysroot_list(sysroot, "%s/EFI", roots[i]);
		for (j = 0; j < names.count; j++) {
			if (asprintf(&directory, "%s/EFI/%s", roots[i], names.name[j]) < 0)
				continue;
			add_files(&files, sysroot, directory, REFIND);
			free(directory);
		}
		string_set_free(&names);
	}
	return files;
}

/* Returns true if the default in @file has the root file system @root. */
static bool refind_has_root(const char *sysroot, const char *file, const char *root)
{
	char *text = config_text(sysroot, file), *line = text ? refind_conf_default(text) : NULL;
	char *value = line ? cmdline_value(line, "root") : NULL;
	bool same = value && strcmp(value, root) == 0;

	free(value);
	free(line);
	free(text);
	return same;
}

struct string_set boot_files_refind(const char *sysroot)
{
	struct string_set all = refind_places(sysroot), own = { 0 };
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *root = running ? cmdline_value(running, "root") : NULL;
	size_t i;

	for (i = 0; root && i < all.count; i++)
		if (refind_has_root(sysroot, all.name[i], root))
			string_set_add(&own, all.name[i]);
	free(root);
	free(running);
	if (!own.count)
		return all;
	string_set_free(&all);
	return own;
}

/* --- Limine ------------------------------------------------------------------------------------
 */

struct string_set boot_files_limine(const char *sysroot)
{
	static const char *const below[] = { "", "/limine", "/EFI/limine", "/EFI/BOOT" };
	struct string_set files = { 0 };
	char *directory;
	size_t i, j;

	for (i = 0; i < COUNT(roots); i++) {
		for (j = 0; j < COUNT(below); j++) {
			if (asprintf(&directory, "%s%s", roots[i], below[j]) < 0)
				continue;
			add_files(&files, sysroot, directory, "limine.conf");
			free(directory);
		}
	}
	return files;
}

/* Adds a directory if it exists. */
static void add_directory(struct string_set *directories, const char *sysroot, const char *path)
{
	/* /boot/efi and /efi may be the same. */
	char *real = sysroot_real(sysroot, "%s", path);
	char *below = real ? path_below(sysroot, real) : NULL;

	if (below && is_directory(below))
		string_set_add(directories, real);
	free(below);
	free(real);
}

struct string_set boot_files_limine_directories(const char *sysroot)
{
	struct string_set directories = { 0 }, kernels = { 0 };
	char *machine = sysroot_read(sysroot, "/etc/machine-id"), *path;
	size_t i, j;

	for (i = 0; i < COUNT(roots); i++) {
		if (asprintf(&path, "%s/EFI/Linux", roots[i]) >= 0) {
			add_directory(&directories, sysroot, path);
			free(path);
		}
		if (machine && machine[0])
			kernels = sysroot_list(sysroot, "%s/%s", roots[i], machine);
		for (j = 0; j < kernels.count; j++) {
			if (asprintf(&path, "%s/%s/%s", roots[i], machine, kernels.name[j]) < 0)
				continue;
			add_directory(&directories, sysroot, path);
			free(path);
		}
		string_set_free(&kernels);
	}
	free(machine);
	return directories;
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
	struct libmnt_table *wanted = read_table(sysroot, "/etc/fstab");
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
