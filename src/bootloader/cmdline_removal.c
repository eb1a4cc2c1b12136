/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmdline_removal.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/file_backup.h"
#include "../host/run_tool.h"
#include "../host/sysroot_files.h"

#define GRUB_D "/etc/default/grub.d"

/* The characters that delimit a word in these files. */
#define BESIDE " \t\n\"'"

/* Whether the line that has @at in it is a comment. */
static bool is_comment(const char *text, const char *at)
{
	while (at > text && at[-1] != '\n')
		at--;
	return at[strspn(at, " \t")] == '#';
}

static bool text_has(const char *text, const char *word)
{
	size_t len = strlen(word);
	const char *at = text;

	for (; (at = strstr(at, word)); at++)
		if ((at == text || strchr(BESIDE, at[-1])) && strchr(BESIDE, at[len]) &&
		    !is_comment(text, at))
			return true;
	return false;
}

static bool file_has(const char *sysroot, const char *file, const char *word)
{
	char *text = file_text(sysroot, file);
	bool has = text && text_has(text, word);

	free(text);
	return has;
}

/* The first of GRUB's settings that has it: a new string, or NULL. */
static char *find_grub_file(const char *sysroot, const char *word)
{
	struct string_set names = sysroot_list(sysroot, GRUB_D);
	char *file = NULL;
	size_t i;

	if (file_has(sysroot, "/etc/default/grub", word))
		file = strdup("/etc/default/grub");
	for (i = 0; !file && i < names.count; i++) {
		if (asprintf(&file, GRUB_D "/%s", names.name[i]) < 0)
			file = NULL;
		if (file && !file_has(sysroot, file, word)) {
			free(file);
			file = NULL;
		}
	}
	string_set_free(&names);
	return file;
}

/* For systems without a tool for it. Returns the length or -1, as asprintf(3). */
static int say_file(char **how, const char *sysroot, const char *word)
{
	char *file = find_grub_file(sysroot, word);
	int len;

	if (file)
		len = asprintf(how, "remove %s from %s and run %s", word, file,
			       has_program(sysroot, "update-grub") ? "update-grub"
								   : "grub-mkconfig");
	else if (file_has(sysroot, "/etc/kernel/cmdline", word))
		len = asprintf(how,
			       "remove %s from /etc/kernel/cmdline and rebuild the boot entries",
			       word);
	else
		len = asprintf(how, "remove %s from the kernel command line", word);
	free(file);
	return len;
}

char *cmdline_removal(const char *sysroot, const char *word)
{
	/* The command is only shown, but people may well paste it. */
	bool plain = !word[strspn(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-.,=")];
	char *how;
	int len;

	if (plain && sysroot_has(sysroot, "/usr/sbin/grubby"))
		len = asprintf(&how, "grubby --update-kernel=ALL --remove-args='%s'", word);
	else if (plain && sysroot_has(sysroot, "/usr/bin/kernelstub"))
		len = asprintf(&how, "kernelstub -d '%s'", word);
	else
		len = say_file(&how, sysroot, word);
	return len < 0 ? NULL : how;
}
