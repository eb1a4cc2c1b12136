/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_line.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/shell_value.h"
#include "kernel_cmdline.h"
#include "proxmox/esps.h"
#include "setting_words.h"

#define DEFAULT_GRUB "/etc/default/grub"
#define GRUB_D       "/etc/default/grub.d"
#define OURS         GRUB_D "/vfio-claim.cfg"

/* Returns true if the partition that the next boot starts from has this loader. */
static bool starts_by(const char *sysroot, enum esp_loader loader)
{
	const struct esp *esp = esps_chosen(sysroot);

	return esp && esp->loader == loader;
}

bool config_line_is_grubs(const char *sysroot, const struct boot_config *config)
{
	return config == &config_grub_d || config == &config_default_grub ||
	       (config == &config_proxmox && starts_by(sysroot, ESP_GRUB));
}

/* --- GRUB's settings ---------------------------------------------------------------------------
 */

/* Returns the files with settings, except ours, in the order in which they are read. */
static struct string_set grub_files(const char *sysroot)
{
	struct string_set files = { 0 };

	string_set_add(&files, DEFAULT_GRUB);
	/* grub-mkconfig reads no others. */
	setting_files_add(&files, sysroot, GRUB_D, ".cfg", OURS);
	return files;
}

static const char *const settings[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT" };
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Returns the command line words that a file sets, except those that a shell would expand. */
static struct string_set plain_words(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *value;
	struct string_set words = { 0 };
	size_t i;

	for (i = 0; text && i < SETTINGS; i++) {
		value = shell_value(text, settings[i]);
		if (value)
			setting_words_add(&words, value);
		free(value);
	}
	free(text);
	return words;
}

/* Returns @cmdline, which it frees, with the missing @words added; NULL if out of memory. */
static char *add_words(char *cmdline, const struct string_set *words)
{
	char *longer;
	size_t i;

	for (i = 0; cmdline && i < words->count; i++) {
		/* Words that begin with rd.vfio are set elsewhere, or already in the menu. */
		if (strncmp(words->name[i], "rd.vfio", 7) == 0 ||
		    cmdline_has(cmdline, words->name[i]))
			continue;
		/* Prepended, since what follows a bare "--" is for init. */
		if (asprintf(&longer, "%s %s", words->name[i], cmdline) < 0)
			longer = NULL;
		free(cmdline);
		cmdline = longer;
	}
	return cmdline;
}

static char *with_grubs(const char *sysroot, const char *cmdline)
{
	struct string_set files = grub_files(sysroot), words;
	char *whole = strdup(cmdline);
	size_t i;

	for (i = 0; i < SETTINGS; i++) {
		words = setting_words(sysroot, &files, settings[i]);
		whole = add_words(whole, &words);
		string_set_free(&words);
	}
	string_set_free(&files);
	return whole;
}

/* --- /etc/kernel/cmdline -----------------------------------------------------------------------
 */

/* Returns its words, or NULL if it cannot be read. */
static char *read_kernel_cmdline(const char *sysroot)
{
	char *text = config_text(sysroot, KERNEL_CMDLINE_FILE);
	char *words = text ? kernel_cmdline_words(text) : NULL;

	free(text);
	return words;
}

/* The same for proxmox-boot-tool. */
static char *read_first_line(const char *sysroot)
{
	char *text = config_text(sysroot, KERNEL_CMDLINE_FILE);
	char *line = text ? kernel_cmdline_first(text) : NULL;

	free(text);
	return line;
}

/* Returns @words, which it frees, followed by those in @file; NULL if out of memory. */
static char *append_words(char *words, const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *more, *both = NULL;

	if (!text)
		return words;
	more = kernel_cmdline_words(text);
	if (words && more && asprintf(&both, "%s%s%s", words, words[0] ? " " : "", more) < 0)
		both = NULL;
	free(more);
	free(text);
	free(words);
	return both;
}

/* The same for mkinitcpio, if there are such files in its directory. */
static char *read_directory(const char *sysroot)
{
	char *words = append_words(strdup(""), sysroot, KERNEL_CMDLINE_FILE);
	struct string_set files = { 0 };
	size_t i;

	setting_files_add(&files, sysroot, KERNEL_CMDLINE_D, ".conf", NULL);
	for (i = 0; i < files.count; i++)
		words = append_words(words, sysroot, files.name[i]);
	string_set_free(&files);
	return words;
}

static bool is_image(const char *file)
{
	const char *end = file ? strrchr(file, '.') : NULL;

	return end && strcmp(end, ".efi") == 0;
}

/* --- any place ---------------------------------------------------------------------------------
 */

/* Returns @cmdline with the words of the settings of @config that it lacks. */
static char *with_settings(const char *sysroot, const struct boot_config *config,
			   const char *cmdline)
{
	struct string_set words = config->words(sysroot);
	char *whole = add_words(strdup(cmdline), &words);

	string_set_free(&words);
	return whole;
}

char *config_line_next(const char *sysroot, const struct boot_config *config, const char *file,
		       const char *cmdline)
{
	char *whole = NULL;

	if (config_line_is_grubs(sysroot, config))
		whole = with_grubs(sysroot, cmdline);
	else if (config == &config_sdbootutil ||
		 (config == &config_kernel_install && is_image(file)))
		whole = read_kernel_cmdline(sysroot);
	else if (config == &config_cmdline_d && is_image(file))
		whole = read_directory(sysroot);
	else if (config == &config_proxmox)
		whole = read_first_line(sysroot);
	else if (config && config->words)
		whole = with_settings(sysroot, config, cmdline);
	if (!whole)
		whole = strdup(cmdline);
	if (!whole)
		message_errno(ENOMEM, "the kernel command line");
	return whole;
}

/* --- a word ------------------------------------------------------------------------------------
 */

char *config_line_place(const char *sysroot, const char *word)
{
	struct string_set files = grub_files(sysroot), words;
	char *found = NULL;
	size_t i;

	for (i = 0; !found && i < files.count; i++) {
		words = plain_words(sysroot, files.name[i]);
		if (string_set_have(&words, word))
			found = strdup(files.name[i]);
		string_set_free(&words);
	}
	string_set_free(&files);
	return found;
}
