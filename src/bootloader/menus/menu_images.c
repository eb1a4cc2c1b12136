/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "menu_images.h"

#include <stdlib.h>
#include <string.h>

#include "../boot_menu.h"
#include "../menu_default.h"
#include "../menu_file.h"

/* Returns true if the entry is known to start the kernel with an image. */
static bool is_meant(const struct menu_entry *entry, const char *kver)
{
	return entry->kver && strcmp(entry->kver, kver) == 0 &&
	       (entry->image || entry->initrds.count);
}

/* Looks for the default only if several entries start the kernel, because that takes time. */
static const struct menu_entry *find_entry(const struct boot_menu *menu, const char *sysroot,
					   const char *kver)
{
	const struct menu_entry *first = NULL, *found;
	size_t i, count = 0;

	for (i = 0; i < menu->count; i++) {
		if (menu->entry[i].kind != MENU_NORMAL || !is_meant(&menu->entry[i], kver))
			continue;
		if (count++ == 0)
			first = &menu->entry[i];
	}
	if (count < 2)
		return first;
	found = menu_default_lasting(menu, sysroot).entry;
	return found && found->kind == MENU_NORMAL && is_meant(found, kver) ? found : first;
}

/* Returns true if a file contains only microcode, by the names that distributions give it. */
static bool is_microcode(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return strstr(name, "ucode") || strstr(name, "microcode");
}

/* Adds the image at @path, as the boot loader sees it. */
static void add(struct menu_images *images, const char *sysroot, const char *path)
{
	char *file = menu_file_find(sysroot, images->entry, path);

	if (!file) {
		if (!images->missing)
			images->missing = strdup(path);
		return;
	}
	string_set_add(&images->files, file);
	if (images->image || is_microcode(file))
		free(file);
	else
		images->image = file;
}

/*
 * Adds the images in the value of an entry. With GRUB, a value can have several images, and
 * variables that only GRUB can expand ("$tuned_initrd" of CentOS).
 */
static void add_all(struct menu_images *images, const char *sysroot, const char *value)
{
	char *copy = strdup(value), *word, *rest;

	for (word = copy ? strtok_r(copy, " \t", &rest) : NULL; word;
	     word = strtok_r(NULL, " \t", &rest))
		if (word[0] != '$')
			add(images, sysroot, word);
	free(copy);
}

static void take(struct menu_images *images, const char *sysroot, const struct menu_entry *entry)
{
	size_t i;

	images->entry = strdup(entry->file);
	images->unified = entry->image;
	if (entry->image)
		add(images, sysroot, entry->kernel);
	for (i = 0; i < entry->initrds.count; i++)
		add_all(images, sysroot, entry->initrds.name[i]);
}

bool menu_images_find(struct menu_images *images, const char *sysroot, const char *kver)
{
	const struct menu_entry *entry;
	struct boot_menu menu;

	*images = (struct menu_images){ 0 };
	boot_menu_read(&menu, sysroot);
	entry = find_entry(&menu, sysroot, kver);
	if (entry)
		take(images, sysroot, entry);
	boot_menu_free(&menu);
	return images->image || images->missing;
}

void menu_images_free(struct menu_images *images)
{
	free(images->entry);
	free(images->image);
	free(images->missing);
	string_set_free(&images->files);
	*images = (struct menu_images){ 0 };
}
