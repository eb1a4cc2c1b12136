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

#include "../../host/config_lines.h"
#include "../../host/messages.h"
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../bls_entry.h"
#include "../boot_config.h"
#include "../boot_menu.h"
#include "kernel_cmdline_file.h"


static bool is_here(const char *sysroot)
{
	struct boot_menu menu;
	bool here;
	size_t i;

	boot_menu_read(&menu, sysroot);
	here = sysroot_has(sysroot, KERNEL_CMDLINE_FILE);
	for (i = 0; i < menu.count; i++)
		here |= menu.entry[i].source == MENU_UKI || menu.entry[i].source == MENU_BLS;
	boot_menu_free(&menu);
	return here;
}

/* --- steps -------------------------------------------------------------------------------------
 */

/*
 * Adds the step that writes @fresh to @file; NULL, with errno, if that could not be made. Returns
 * 0, or -1 after printing an error.
 */
static int change(struct changes *changes, const char *file, const char *fresh)
{
	if (!fresh) {
		complain("cannot change %s: %s", file, config_error(errno));
		return -1;
	}
	changes_file(changes, file, fresh);
	return 0;
}

/* Returns 0, or -1 after printing an error. */
static int set_entry(struct changes *changes, const char *file, const char *words)
{
	char *text = config_text(changes->sysroot, file), *fresh;
	int result;

	if (!text) {
		complain("cannot read %s: %s", file, config_error(errno));
		return -1;
	}
	fresh = bls_with_words(text, words);
	result = change(changes, file, fresh);
	free(text);
	free(fresh);
	return result;
}

static int set_words(struct changes *changes, const char *words, const char *old)
{
	/* Without kernel-install nothing would read a new file. */
	bool make = has_program(changes->sysroot, "kernel-install");
	int result = kernel_cmdline_file_set(changes, words, make);
	struct boot_menu menu;
	size_t i;

	(void)old;
	boot_menu_read(&menu, changes->sysroot);
	for (i = 0; result == 0 && i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL && menu.entry[i].source == MENU_BLS)
			result = set_entry(changes, menu.entry[i].file, words);
	boot_menu_free(&menu);
	return result;
}

const struct boot_config config_kernel_install = {
	.what = KERNEL_CMDLINE_FILE,
	.is_here = is_here,
	.read = kernel_cmdline_file_read,
	.set = set_words,
	.loader = "systemd-boot",
};
