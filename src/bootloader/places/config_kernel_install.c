/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_kernel_install.c - /etc/kernel/cmdline, from which kernel-install(8) and mkinitcpio(8)
 * take the command line of new entries and unified kernel images, and existing entries of
 * systemd-boot. rebuild_images.c rebuilds the images.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../host/claim_words.h"
#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_menu.h"
#include "../kernel_cmdline.h"
#include "loader_entries.h"

#define FILE_NAME "/etc/kernel/cmdline"

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

/* Returns the file's text, or NULL with errno; prints an error unless it does not exist. */
static char *read_file(const char *sysroot)
{
	char *text = config_text(sysroot, FILE_NAME);

	if (!text && errno != ENOENT) {
		complain("cannot read " FILE_NAME ": %s", config_error(errno));
		errno = EIO;
	}
	return text;
}

static char *read_words(const char *sysroot)
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

/* --- steps -------------------------------------------------------------------------------------
 */

/*
 * Returns what kernel-install uses without the file: the running command line, without the boot
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

/*
 * Adds the step that creates the file with @words. Without kernel-install nothing would read it.
 * Returns 0, or -1 after printing an error.
 */
static int create_file(struct changes *changes, const char *words)
{
	char *text, *fresh;

	if (!words[0] || !has_program(changes->sysroot, "kernel-install"))
		return 0;
	text = default_cmdline(changes->sysroot);
	fresh = text ? kernel_cmdline_with(text, words) : NULL;
	if (fresh)
		changes_file(changes, FILE_NAME, fresh);
	else
		complain("cannot change " FILE_NAME ": %s", config_error(errno));
	free(fresh);
	free(text);
	return fresh ? 0 : -1;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	int result = loader_entries_set_kernel_cmdline(changes, words);

	(void)old;
	if (result == 0)
		result = create_file(changes, words);
	return result < 0 ? -1 : loader_entries_set(changes, words);
}

const struct boot_config config_kernel_install = {
	.what = FILE_NAME,
	.is_here = is_here,
	.read = read_words,
	.set = set_words,
};
