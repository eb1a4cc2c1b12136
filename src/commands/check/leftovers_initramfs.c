/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * leftovers_initramfs.c - what else goes into images: settings of dracut.conf(5) and
 * mkinitcpio.conf(5), scripts of initramfs-tools(7), dracut modules, mkinitcpio hooks
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/config_lines.h"
#include "../../host/shell_words.h"
#include "../../host/sysroot_files.h"
#include "../../image/modprobe_conf.h"
#include "leftovers.h"

#define UPDATE_INITRAMFS "update-initramfs -u -k all"
#define DRACUT           "dracut --regenerate-all -f"
#define MKINITCPIO       "mkinitcpio -P"

/* A generator's settings. */
struct settings_file {
	struct leftovers *leftovers;
	const char *topic;
	const char *path;
	const char *then; /* the command that rebuilds the images */
};

/* --- settings ----------------------------------------------------------------------------------
 */

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

/* A module in a list of modules that the image contains or loads. */
static void take_word(void *to, const struct shell_word *word)
{
	static const char *const lists[] = { "force_drivers", "add_drivers", "drivers", "MODULES",
					     NULL };
	const struct settings_file *file = to;
	const struct leftover_place place = { file->topic, file->path, word->number };
	bool forced =
		strcmp(word->name, "force_drivers") == 0 || strcmp(word->name, "MODULES") == 0;
	char name[128];

	if (strcmp(word->name, "kernel_cmdline") == 0) {
		leftovers_on_cmdline(file->leftovers, &place, word->word);
		return;
	}
	if (!is_one_of(word->name, lists) || !module_name(name, sizeof(name), word->word) ||
	    (!strstr(name, "vfio") && strcmp(name, "pci_stub") != 0))
		return;
	name[strcspn(name, "?")] = '\0'; /* mkinitcpio: the module is optional */
	if (forced && strcmp(name, "vfio_pci") == 0)
		leftover_found(file->leftovers, &place, LEVEL_WARNING,
			       "%s makes the image load vfio-pci, with any ids= from modprobe.d "
			       "and the command line; vfio-claim loads it by itself",
			       word->name);
	else
		leftover_found(file->leftovers, &place, LEVEL_WARNING,
			       "%s %s %s%s; vfio-claim adds the modules that the kernel has",
			       word->name, forced ? "makes the image load" : "adds", name,
			       forced ? "" : " to the image");
	finding_fix(&file->leftovers->check->findings, "remove %s from the line and run %s",
		    word->word, file->then);
	leftover_remove(file->leftovers, REMOVAL_WORD, word->word);
}

static void take_settings(void *to, const char *path)
{
	struct settings_file file = *(const struct settings_file *)to;
	char *text = config_text(file.leftovers->check->sysroot, path);

	file.path = path;
	if (text)
		shell_words(text, take_word, &file);
	free(text);
}

/* --- scripts -----------------------------------------------------------------------------------
 */

/* Looks at the scripts in a directory, except ours. */
static void look_at_scripts(struct leftovers *leftovers, const char *topic, const char *directory,
			    const char *then)
{
	struct string_set files = sysroot_list(leftovers->check->sysroot, "%s", directory);
	char *path;
	size_t i;

	for (i = 0; i < files.count; i++) {
		if (strstr(files.name[i], "vfio-claim") ||
		    asprintf(&path, "%s/%s", directory, files.name[i]) < 0)
			continue;
		if (leftover_script(leftovers, topic, path, SCRIPT_LOADS))
			leftover_fix_remove(leftovers, path, false, then);
		free(path);
	}
	string_set_free(&files);
}

static void look_at_initramfs_tools(struct leftovers *leftovers)
{
	static const char *const places[] = { "/etc/initramfs-tools/scripts",
					      "/usr/share/initramfs-tools/scripts" };
	struct string_set stages;
	char *path;
	size_t i, j;

	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		stages = sysroot_list(leftovers->check->sysroot, "%s", places[i]);
		for (j = 0; j < stages.count; j++) {
			if (asprintf(&path, "%s/%s", places[i], stages.name[j]) < 0)
				continue;
			look_at_scripts(leftovers, "initramfs-tools", path, UPDATE_INITRAMFS);
			free(path);
		}
		string_set_free(&stages);
	}
}

/* A dracut module is a directory; the first of its scripts that counts is reported. */
static void look_at_dracut_module(struct leftovers *leftovers, const char *directory)
{
	struct string_set files = sysroot_list(leftovers->check->sysroot, "%s", directory);
	bool told = false;
	char *path;
	size_t i;

	for (i = 0; i < files.count && !told; i++) {
		/* The setup script does not run in the image. */
		if (strcmp(files.name[i], "module-setup.sh") == 0 ||
		    asprintf(&path, "%s/%s", directory, files.name[i]) < 0)
			continue;
		told = leftover_script(leftovers, "dracut", path, SCRIPT_LOADS);
		free(path);
	}
	if (told)
		leftover_fix_remove(leftovers, directory, true, DRACUT);
	string_set_free(&files);
}

static void look_at_dracut_modules(struct leftovers *leftovers)
{
	static const char place[] = "/usr/lib/dracut/modules.d";
	struct string_set modules = sysroot_list(leftovers->check->sysroot, "%s", place);
	char *path;
	size_t i;

	for (i = 0; i < modules.count; i++) {
		if (strstr(modules.name[i], "vfio-claim") || strstr(modules.name[i], "driverctl") ||
		    asprintf(&path, "%s/%s", place, modules.name[i]) < 0)
			continue;
		look_at_dracut_module(leftovers, path);
		free(path);
	}
	string_set_free(&modules);
}

/* --- all of them -------------------------------------------------------------------------------
 */

static void look_at_dracut(struct leftovers *leftovers)
{
	static const char *const directories[] = { "/etc/dracut.conf.d",
						   "/usr/lib/dracut/dracut.conf.d", NULL };
	struct settings_file file = { leftovers, "dracut", NULL, DRACUT };

	take_settings(&file, "/etc/dracut.conf");
	config_files(leftovers->check->sysroot, directories, ".conf", take_settings, &file);
	look_at_dracut_modules(leftovers);
}

static void look_at_mkinitcpio(struct leftovers *leftovers)
{
	static const char *const directories[] = { "/etc/mkinitcpio.conf.d", NULL };
	struct settings_file file = { leftovers, "mkinitcpio", NULL, MKINITCPIO };

	take_settings(&file, "/etc/mkinitcpio.conf");
	config_files(leftovers->check->sysroot, directories, ".conf", take_settings, &file);
	look_at_scripts(leftovers, "mkinitcpio", "/etc/initcpio/hooks", MKINITCPIO);
	look_at_scripts(leftovers, "mkinitcpio", "/usr/lib/initcpio/hooks", MKINITCPIO);
}

void leftovers_initramfs(struct leftovers *leftovers)
{
	look_at_initramfs_tools(leftovers);
	look_at_dracut(leftovers);
	look_at_mkinitcpio(leftovers);
}
