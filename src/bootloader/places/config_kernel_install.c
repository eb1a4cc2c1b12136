/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_kernel_install.c - /etc/kernel/cmdline, from which kernel-install(8) and mkinitcpio(8)
 * take the command line of the entries and unified kernel images that they make, and the entries of
 * systemd-boot that are there already. Images are made anew by rebuild_images.c.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/file_backup.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_menu.h"

#define FILE_NAME "/etc/kernel/cmdline"
#define BLANKS    " \t"

static bool is_here(const char *sysroot)
{
	struct boot_menu menu;
	bool here;
	size_t i;

	boot_menu_read(&menu, sysroot);
	here = sysroot_has(sysroot, FILE_NAME);
	for (i = 0; i < menu.count; i++)
		here |= menu.entry[i].image || strstr(menu.entry[i].file, "/loader/entries/");
	boot_menu_free(&menu);
	return here;
}

static char *read_words(const char *sysroot)
{
	char *text = file_text(sysroot, FILE_NAME), *ours;

	if (!text)
		return boot_config_read_menu(sysroot);
	ours = cmdline_ours(text);
	free(text);
	return ours;
}

/* --- lines -------------------------------------------------------------------------------------
 */

/*
 * Makes the new line of an old one: a new string. The first line for words gets *@words; what is
 * left of them for others is "".
 */
typedef char *line_fn(const char *line, const char **words);

/* @text with each line made anew: a new string, or NULL without memory. */
static char *each_line(const char *text, line_fn *make, const char *words)
{
	char *copy = strdup(text), *rest = copy, *line, *fresh, *whole = NULL;
	size_t len;
	FILE *out = open_memstream(&whole, &len);
	bool failed = !copy || !out;

	while (!failed && (line = strsep(&rest, "\n"))) {
		fresh = make(line, &words);
		failed = !fresh;
		if (fresh)
			fprintf(out, "%s%s", fresh, rest ? "\n" : "");
		free(fresh);
	}
	free(copy);
	if (out && fclose(out) != 0)
		failed = true;
	if (!failed)
		return whole;
	free(whole);
	return NULL;
}

/* What of @line is left with *@words, which then have their place: a new string. */
static char *place(const char *line, const char **words)
{
	const char *here = *words;

	*words = "";
	return cmdline_with(line, here);
}

/* mkinitcpio knows comments. */
static char *make_cmdline(const char *line, const char **words)
{
	const char *begin = line + strspn(line, BLANKS);

	return *begin && *begin != '#' ? place(line, words) : strdup(line);
}

/* An entry's line: its key, blanks, and words. */
static char *make_options(const char *line, const char **words)
{
	static const char key[] = "options";
	char *fresh, *options;
	size_t indent = strspn(line, BLANKS);

	if (strncmp(line + indent, key, strlen(key)) != 0 ||
	    !strchr(BLANKS, line[indent + strlen(key)]))
		return strdup(line);
	indent += strlen(key);
	indent += strspn(line + indent, BLANKS);
	options = place(line + indent, words);
	if (!options || asprintf(&fresh, "%.*s%s", (int)indent, line, options) < 0)
		fresh = NULL;
	free(options);
	return fresh;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/* Takes all parameters of this name off @cmdline, which is freed. NULL without memory. */
static char *drop(char *cmdline, const char *name)
{
	char *value, *word, *rest;

	while (cmdline && (value = cmdline_value(cmdline, name))) {
		rest = NULL;
		if (asprintf(&word, "%s=%s", name, value) >= 0) {
			rest = cmdline_without(cmdline, word);
			free(word);
		}
		free(value);
		free(cmdline);
		cmdline = rest;
	}
	return cmdline;
}

/* What kernel-install would take without the file: this boot's, without what the loader adds. */
static char *default_cmdline(const char *sysroot)
{
	char *text = file_text(sysroot, "/usr/lib/kernel/cmdline");

	if (!text)
		text = sysroot_read(sysroot, "/proc/cmdline");
	return drop(drop(text, "BOOT_IMAGE"), "initrd");
}

/* Gives 0 or -1 without memory. */
static int set_file(struct changes *changes, const char *words)
{
	char *text = file_text(changes->sysroot, FILE_NAME), *fresh;
	bool is_new = !text;

	/* Without kernel-install nobody reads a file that is not there. */
	if (is_new && (!words[0] || !has_program(changes->sysroot, "kernel-install")))
		return 0;
	if (is_new)
		text = default_cmdline(changes->sysroot);
	fresh = text ? each_line(text, make_cmdline, words) : NULL;
	if (fresh)
		changes_file(changes, FILE_NAME, fresh);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

/* Gives 0 or -1 without memory. */
static int set_entry(struct changes *changes, const char *file, const char *words)
{
	char *text = file_text(changes->sysroot, file);
	char *fresh = text ? each_line(text, make_options, words) : NULL;

	if (fresh)
		changes_file(changes, file, fresh);
	free(text);
	free(fresh);
	return fresh ? 0 : -1;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	int result = set_file(changes, words);
	struct boot_menu menu;
	size_t i;

	(void)old;
	boot_menu_read(&menu, changes->sysroot);
	for (i = 0; result == 0 && i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL && !menu.entry[i].image)
			result = set_entry(changes, menu.entry[i].file, words);
	boot_menu_free(&menu);
	if (result < 0)
		complain_errno(errno, "cannot set the kernel command line");
	return result;
}

const struct boot_config config_kernel_install = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
