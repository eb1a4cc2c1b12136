/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_refind.c - refind_linux.conf, which rEFInd reads at boot from the kernel's directory. Its
 * first line is the default; the others, which are for single-user mode or have few options, stay
 * as they are.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../menus/refind_conf.h"
#include "../menus/refind_menu.h"

/* Returns true if the default in @file has the root file system @root. */
static bool has_root(const char *sysroot, const char *file, const char *root)
{
	char *text = config_text(sysroot, file), *line = text ? refind_conf_default(text) : NULL;
	char *value = line ? cmdline_value(line, "root") : NULL;
	bool same = value && strcmp(value, root) == 0;

	free(value);
	free(line);
	free(text);
	return same;
}

/* Returns the files with the running system's root file system, or all if none has it. */
static struct string_set find_files(const char *sysroot)
{
	struct string_set all = refind_menu_files(sysroot), own = { 0 };
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *root = running ? cmdline_value(running, "root") : NULL;
	size_t i;

	for (i = 0; root && i < all.count; i++)
		if (has_root(sysroot, all.name[i], root))
			string_set_add(&own, all.name[i]);
	free(root);
	free(running);
	if (!own.count)
		return all;
	string_set_free(&all);
	return own;
}

static bool is_here(const char *sysroot)
{
	struct string_set files = find_files(sysroot);
	bool here = files.count;

	string_set_free(&files);
	return here;
}

/* Prints why @file, whose text is @text or could not be read, cannot be used; see errno. */
static void say_trouble(const char *file, const char *text)
{
	if (text && errno == EINVAL)
		message_error(
			"%s, line %u: it is not \"TITLE\" \"OPTIONS\": correct it, then try again",
			file, refind_conf_line(text));
	else if (text && errno == ENOENT)
		message_error("%s has no line with options: make it anew with 'mkrlconf --force'",
			      file);
	else
		message_error("cannot %s %s: %s", text ? "change" : "read", file,
			      config_error(errno));
}

/* Returns the command line in @file, or NULL after printing an error. */
static char *read_line(const char *sysroot, const char *file)
{
	char *text = config_text(sysroot, file), *line = text ? refind_conf_default(text) : NULL;

	if (!line)
		say_trouble(file, text);
	free(text);
	return line;
}

static char *read_words(const char *sysroot)
{
	struct string_set files = find_files(sysroot);
	char *words = strdup(""), *line;
	size_t i;

	for (i = 0; words && i < files.count; i++) {
		line = read_line(sysroot, files.name[i]);
		if (line) {
			words = boot_config_join(words, line);
		} else {
			free(words);
			words = NULL;
		}
		free(line);
	}
	string_set_free(&files);
	return words;
}

/* Returns 0, or -1 after printing an error. */
static int set_in_file(struct changes *changes, const char *file, const char *words)
{
	char *text = config_text(changes->sysroot, file), *fresh;

	fresh = text ? refind_conf_with(text, words) : NULL;
	if (fresh)
		changes_file(changes, file, fresh);
	else
		say_trouble(file, text);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	struct string_set files = find_files(changes->sysroot);
	int result = 0;
	size_t i;

	(void)old;
	for (i = 0; result == 0 && i < files.count; i++)
		result = set_in_file(changes, files.name[i], words);
	string_set_free(&files);
	return result;
}

const struct boot_config config_refind = {
	.what = "refind_linux.conf",
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
	.loader = "rEFInd",
};
