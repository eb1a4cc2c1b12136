/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel_cmdline_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../kernel_cmdline.h"
#include "../setting_words.h"

#define FILE_NAME KERNEL_CMDLINE_FILE

/* Returns the file's text, or NULL with errno; prints an error unless it does not exist. */
static char *read_file(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);

	if (!text && errno != ENOENT) {
		message_error("cannot read " FILE_NAME ": %s", config_error(errno));
		errno = EIO;
	}
	return text;
}

char *kernel_cmdline_file_read(const char *sysroot)
{
	char *text = read_file(sysroot), *words, *ours;

	if (!text)
		return errno == ENOENT ? boot_config_read_menu(sysroot) : NULL;
	words = kernel_cmdline_words(text);
	ours = words ? cmdline_ours(words) : NULL;
	free(words);
	free(text);
	return ours;
}

struct string_set kernel_cmdline_file_words(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);
	char *line = text ? kernel_cmdline_words(text) : NULL;
	struct string_set words = { 0 };

	if (line)
		setting_words_add(&words, line);
	free(line);
	free(text);
	return words;
}

/*
 * Returns what the tools use without the file: the running command line, without the boot
 * loader's words.
 */
static char *default_cmdline(const char *sysroot)
{
	char *text = config_text(sysroot, "/usr/lib/kernel/cmdline"), *cmdline;

	if (!text)
		text = sysroot_read(sysroot, "/proc/cmdline");
	cmdline = text ? cmdline_without_names(text, "BOOT_IMAGE initrd") : NULL;
	free(text);
	return cmdline;
}

int kernel_cmdline_file_set(struct changes *changes, const char *words, bool make)
{
	char *text = read_file(changes->sysroot), *fresh;
	bool is_new = !text;
	int result;

	if (is_new && errno != ENOENT)
		return -1;
	if (is_new && (!words[0] || !make))
		return 0;
	if (is_new)
		text = default_cmdline(changes->sysroot);
	fresh = text ? kernel_cmdline_with(text, words) : NULL;
	if (fresh)
		changes_file(changes, FILE_NAME, fresh);
	else
		message_error("cannot change " FILE_NAME ": %s", config_error(errno));
	result = fresh ? 0 : -1;
	free(text);
	free(fresh);
	return result;
}
