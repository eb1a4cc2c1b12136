/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/config_lines.h"
#include "../host/messages.h"
#include "../host/shell_value.h"
#include "../host/sysroot_files.h"
#include "kernel_cmdline.h"
#include "proxmox/esps.h"

#define DEFAULT_GRUB "/etc/default/grub"
#define GRUB_D       "/etc/default/grub.d"
#define OURS         GRUB_D "/vfio-claim.cfg"
#define SPACES       " \t\n"

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

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len > end_len && strcmp(text + len - end_len, end) == 0;
}

/* Returns the files with settings, except ours, in the order in which they are read. */
static struct string_set grub_files(const char *sysroot)
{
	struct string_set files = { 0 }, entries = sysroot_list(sysroot, GRUB_D);
	char *file;
	size_t i;

	string_set_add(&files, DEFAULT_GRUB);
	for (i = 0; i < entries.count; i++) {
		/* grub-mkconfig reads no others. */
		if (!ends_with(entries.name[i], ".cfg") ||
		    asprintf(&file, GRUB_D "/%s", entries.name[i]) < 0)
			continue;
		if (strcmp(file, OURS) != 0)
			string_set_add(&files, file);
		free(file);
	}
	string_set_free(&entries);
	return files;
}

static const char *const settings[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT" };
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

/* Adds the words of a value, except those that a shell would expand. Modifies @value. */
static void add_plain(struct string_set *words, char *value)
{
	char *word, *rest;

	for (word = strtok_r(value, SPACES, &rest); word; word = strtok_r(NULL, SPACES, &rest))
		if (!strpbrk(word, "$`\\\"'"))
			string_set_add(words, word);
}

/* Returns the command line words that a file sets, except those that a shell would expand. */
static struct string_set plain_words(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *value;
	struct string_set words = { 0 };
	size_t i;

	for (i = 0; text && i < SETTINGS; i++) {
		value = shell_value(text, settings[i]);
		if (value)
			add_plain(&words, value);
		free(value);
	}
	free(text);
	return words;
}

/* Returns true if a value contains the previous value of the setting. */
static bool continues(const char *value, const char *setting)
{
	size_t len = strlen(setting);
	const char *at;

	for (at = strchr(value, '$'); at; at = strchr(at, '$')) {
		at += 1 + (at[1] == '{');
		if (strncmp(at, setting, len) == 0 && !isalnum((unsigned char)at[len]) &&
		    at[len] != '_')
			return true;
	}
	return false;
}

/* Returns the words of a setting after all files: a later file may replace what earlier ones set.
 */
static struct string_set words_of_setting(const char *sysroot, const struct string_set *files,
					  const char *setting)
{
	struct string_set words = { 0 };
	char *text, *value;
	size_t i;

	for (i = 0; i < files->count; i++) {
		text = config_text(sysroot, files->name[i]);
		value = text ? shell_value(text, setting) : NULL;
		if (value && !continues(value, setting))
			string_set_free(&words);
		if (value)
			add_plain(&words, value);
		free(value);
		free(text);
	}
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
		words = words_of_setting(sysroot, &files, settings[i]);
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
	struct string_set names = sysroot_list(sysroot, KERNEL_CMDLINE_D);
	char *words = append_words(strdup(""), sysroot, KERNEL_CMDLINE_FILE), *file;
	size_t i;

	for (i = 0; i < names.count; i++) {
		if (!ends_with(names.name[i], ".conf") ||
		    asprintf(&file, KERNEL_CMDLINE_D "/%s", names.name[i]) < 0)
			continue;
		words = append_words(words, sysroot, file);
		free(file);
	}
	string_set_free(&names);
	return words;
}

static bool is_image(const char *file)
{
	return file && ends_with(file, ".efi");
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
