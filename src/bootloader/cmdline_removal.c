/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdline_removal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/run_tool.h"
#include "../host/sysroot_files.h"
#include "boot_config.h"
#include "config_line.h"
#include "kernel_cmdline.h"

#define DEFAULT_GRUB "/etc/default/grub"

/* Returns true if a word can be shown in a command that may be pasted into a shell. */
static bool is_plain(const char *word)
{
	char *unsafe = cmdline_unsafe_word(word);

	free(unsafe);
	return !unsafe;
}

/* Returns the file with GRUB's settings that has or should have the word; or NULL. */
static char *find_settings(const char *sysroot, const struct boot_config *config, const char *word)
{
	char *found = NULL;

	if (!config || config_line_is_grubs(sysroot, config))
		found = config_line_place(sysroot, word);
	if (found || !config_line_is_grubs(sysroot, config))
		return found;
	return strdup(DEFAULT_GRUB);
}

static bool has_kernel_cmdline(const char *sysroot, const char *word)
{
	char *text = config_text(sysroot, KERNEL_CMDLINE_FILE);
	char *words = text ? kernel_cmdline_words(text) : NULL;
	bool has = words && cmdline_has(words, word);

	free(words);
	free(text);
	return has;
}

/* Returns the length or -1, as asprintf(3). */
static int say_settings(char **how, const char *sysroot, const char *settings, const char *file,
			const char *word)
{
	if (has_program(sysroot, "update-grub"))
		return asprintf(how, "remove %s from %s, then run: update-grub", word, settings);
	return asprintf(how, "remove %s from %s, then run: %s -o %s", word, settings,
			has_program(sysroot, "grub2-mkconfig") ? "grub2-mkconfig" : "grub-mkconfig",
			file ? file : "/boot/grub/grub.cfg");
}

/* The same without a tool. */
static int say_file(char **how, const char *sysroot, const char *file, const char *word)
{
	bool is_image = file && strlen(file) > 4 && strcmp(file + strlen(file) - 4, ".efi") == 0;

	if (is_image)
		return asprintf(how,
				"remove %s from " KERNEL_CMDLINE_FILE ", and rebuild the image %s",
				word, file);
	if (file)
		return asprintf(how, "remove %s from %s%s", word, file,
				sysroot_has(sysroot, KERNEL_CMDLINE_FILE)
					? " and " KERNEL_CMDLINE_FILE
					: "");
	if (has_kernel_cmdline(sysroot, word))
		return asprintf(
			how, "remove %s from " KERNEL_CMDLINE_FILE " and rebuild the boot entries",
			word);
	return asprintf(how, "remove %s from the kernel command line", word);
}

char *cmdline_removal(const char *sysroot, const char *file, const char *word)
{
	const struct boot_config *config = boot_config_look(sysroot);
	char *settings = find_settings(sysroot, config, word), *how;
	bool plain = is_plain(word);
	int len;

	if (plain && (config ? config == &config_grubby : has_program(sysroot, "grubby")))
		len = asprintf(&how, "grubby --update-kernel=ALL --remove-args='%s'", word);
	else if (plain &&
		 (config ? config == &config_kernelstub : has_program(sysroot, "kernelstub")))
		len = asprintf(&how, "kernelstub --delete-options '%s'", word);
	else if (config == &config_sdbootutil)
		len = asprintf(&how,
			       "remove %s from " KERNEL_CMDLINE_FILE
			       ", then run: sdbootutil update-all-entries",
			       word);
	else if (config == &config_proxmox)
		len = asprintf(&how, "remove %s from %s, then run: proxmox-boot-tool refresh", word,
			       settings ? settings : KERNEL_CMDLINE_FILE);
	else if (config && config->setting)
		len = asprintf(&how, "remove %s from %s in the settings of %s, then run: %s", word,
			       config->setting, config->what, config->tool);
	else if (settings)
		len = say_settings(&how, sysroot, settings, file, word);
	else
		len = say_file(&how, sysroot, file, word);
	free(settings);
	return len < 0 ? NULL : how;
}
