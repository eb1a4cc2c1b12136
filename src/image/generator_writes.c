/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "generator_writes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../bootloader/boot_files.h"
#include "../bootloader/boot_menu.h"
#include "../bootloader/menu_file.h"
#include "../bootloader/places/limine_tool.h"
#include "../host/config_lines.h"
#include "../host/shell_words.h"
#include "../host/sysroot.h"
#include "../host/sysroot_files.h"

static const char *const roots[] = { BOOT_FILES_ROOTS };

#define ROOT_COUNT (sizeof(roots) / sizeof(roots[0]))

struct listing {
	const char *sysroot, *kver;
	struct string_set *files, *directories;
	int err;
};

/* Adds a file, unless it is a directory or not a path. */
static void add(struct listing *listing, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void add(struct listing *listing, const char *format, ...)
{
	char *path, *found;
	va_list args;
	int len;

	va_start(args, format);
	len = vasprintf(&path, format, args);
	va_end(args);
	if (len < 0) {
		listing->err = -ENOMEM;
		return;
	}
	found = path_below(listing->sysroot, path);
	if (path[0] == '/' && found && !is_directory(found) &&
	    string_set_add(listing->files, path) < 0)
		listing->err = -ENOMEM;
	free(found);
	free(path);
}

/* --- mkinitcpio --------------------------------------------------------------------------------
 */

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && strcmp(text + len - end_len, end) == 0;
}

/* default_image="/boot/initramfs-linux.img", fallback_uki=..., formerly default_efi_image= */
static void take_preset(void *to, const struct shell_word *word)
{
	if (ends_with(word->name, "_image") || ends_with(word->name, "_uki"))
		add(to, "%s", word->word);
}

/*
 * Adds the images of all presets, for -P. A preset is sourced by a shell: the path of a UKI may be
 * hidden in a variable.
 */
static void add_presets(struct listing *listing)
{
	struct string_set names = sysroot_list(listing->sysroot, "/etc/mkinitcpio.d");
	struct string_set unified = boot_files_images(listing->sysroot);
	char *path, *text;
	size_t i;

	for (i = 0; i < names.count; i++) {
		if (!ends_with(names.name[i], ".preset") ||
		    asprintf(&path, "/etc/mkinitcpio.d/%s", names.name[i]) < 0)
			continue;
		text = config_text(listing->sysroot, path);
		if (text)
			shell_words(text, take_preset, listing);
		free(text);
		free(path);
	}
	for (i = 0; i < unified.count; i++)
		add(listing, "%s", unified.name[i]);
	string_set_free(&unified);
	string_set_free(&names);
}

/* --- kernel-install ----------------------------------------------------------------------------
 */

/* Returns true if a file is named after a kernel: "TOKEN-KVER.conf", "TOKEN-KVER+3.efi". */
static bool is_named_after(const char *name, const char *kver)
{
	const char *at = strstr(name, kver);

	return at && (at == name || at[-1] == '-') && strchr(".+~-", at[strlen(kver)]);
}

/* Adds the files of a directory that are named after the kernel, or all of them. */
static void add_files(struct listing *listing, const char *directory, bool all)
{
	struct string_set names = sysroot_list(listing->sysroot, "%s", directory);
	size_t i;

	for (i = 0; i < names.count; i++)
		if (all || is_named_after(names.name[i], listing->kver))
			add(listing, "%s/%s", directory, names.name[i]);
	string_set_free(&names);
}

/* The same for a directory below @root. */
static void add_below(struct listing *listing, const char *root, const char *name, bool all)
{
	char *directory;

	if (asprintf(&directory, "%s/%s", root, name) < 0) {
		listing->err = -ENOMEM;
		return;
	}
	add_files(listing, directory, all);
	free(directory);
}

/* Adds what may be recreated for an entry whose name begins with @token. */
static void add_token(struct listing *listing, const char *root, const char *token)
{
	const char *kver = listing->kver;

	if (sysroot_has(listing->sysroot, "%s/%s", root, token)) {
		add(listing, "%s/%s/%s/linux", root, token, kver);
		add(listing, "%s/%s/%s/initrd", root, token, kver);
	}
	if (sysroot_has(listing->sysroot, "%s/loader/entries", root)) {
		add(listing, "%s/loader/entries/%s-%s.conf", root, token, kver);
		add(listing, "%s/loader/entries/%s-%s~novfio.conf", root, token, kver);
	}
	if (sysroot_has(listing->sysroot, "%s/EFI/Linux", root))
		add(listing, "%s/EFI/Linux/%s-%s.efi", root, token, kver);
}

/* Adds what its plugins write for the kernel: 50-depmod's indexes do not matter for the boot. */
static void add_kernel_install(struct listing *listing)
{
	char *tokens[] = { sysroot_read(listing->sysroot, "/etc/kernel/entry-token"),
			   sysroot_read(listing->sysroot, "/etc/machine-id") };
	struct string_set names;
	size_t i, j;
	char *name;

	for (i = 0; i < ROOT_COUNT; i++) {
		add_files(listing, roots[i], false);
		add_below(listing, roots[i], "loader/entries", false);
		add_below(listing, roots[i], "EFI/Linux", false);
		names = sysroot_list(listing->sysroot, "%s", roots[i]);
		for (j = 0; j < names.count; j++) {
			if (asprintf(&name, "%s/%s", names.name[j], listing->kver) < 0)
				continue;
			add_below(listing, roots[i], name, true);
			free(name);
		}
		string_set_free(&names);
		for (j = 0; j < 2; j++)
			if (tokens[j] && tokens[j][0] && !strchr(tokens[j], '/'))
				add_token(listing, roots[i], tokens[j]);
	}
	free(tokens[0]);
	free(tokens[1]);
}

/* --- copies ------------------------------------------------------------------------------------
 */

/* Hooks of generators copy images to where the boot loader reads them (kernelstub). */
static void add_menu(struct listing *listing)
{
	struct boot_menu menu;
	size_t i, j;
	char *file;

	boot_menu_read(&menu, listing->sysroot);
	for (i = 0; i < menu.count; i++) {
		const struct menu_entry *entry = &menu.entry[i];

		if (entry->kind == MENU_OTHER ||
		    (entry->kver && strcmp(entry->kver, listing->kver) != 0))
			continue;
		for (j = 0; j < entry->initrds.count; j++) {
			file = menu_file_find(listing->sysroot, entry->file,
					      entry->initrds.name[j]);
			if (file)
				add(listing, "%s", file);
			free(file);
		}
	}
	boot_menu_free(&menu);
}

/* --- sdbootutil and limine-entry-tool -----------------------------------------------------------
 */

/* Adds a directory, and all its files. */
static void add_directory(struct listing *listing, const char *directory)
{
	add_files(listing, directory, true);
	if (string_set_add(listing->directories, directory) < 0)
		listing->err = -ENOMEM;
}

/* The same for the directory with @path. */
static void add_siblings(struct listing *listing, const char *path)
{
	char *directory = strndup(path, (size_t)(strrchr(path, '/') - path));

	if (!directory) {
		listing->err = -ENOMEM;
		return;
	}
	add_directory(listing, directory);
	free(directory);
}

/*
 * Adds what "sdbootutil mkinitrd" may write for any kernel: a new image beside the old one, which
 * it removes, and the entries.
 */
static void add_sdbootutil(struct listing *listing, const struct installed_image *image)
{
	add_siblings(listing, image->name);
	if (image->entry)
		add_siblings(listing, image->entry);
}

/* Adds what limine_tool() may write: all its images, and the menu. */
static void add_limine(struct listing *listing, const struct installed_image *image)
{
	struct string_set directories = limine_tool_directories(listing->sysroot);
	size_t i;

	add_siblings(listing, image->name);
	add(listing, "%s", image->entry);
	for (i = 0; i < directories.count; i++)
		add_directory(listing, directories.name[i]);
	string_set_free(&directories);
}

int generator_writes(const struct installed_image *image, const char *sysroot, const char *kver,
		     struct string_set *files, struct string_set *directories)
{
	struct listing listing = { sysroot, kver, files, directories, 0 };
	enum generator generator = installed_image_generator(image, sysroot);

	add(&listing, "%s", image->name);
	if (generator == GENERATOR_MKINITCPIO)
		add_presets(&listing);
	if (generator == GENERATOR_KERNEL_INSTALL ||
	    sysroot_has(sysroot, "/etc/initramfs/post-update.d/systemd-boot"))
		add_kernel_install(&listing);
	if (generator == GENERATOR_SDBOOTUTIL)
		add_sdbootutil(&listing, image);
	if (generator == GENERATOR_LIMINE)
		add_limine(&listing, image);
	add_menu(&listing);
	return listing.err;
}
