/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_kernel_install.c - /etc/kernel/cmdline, from which kernel-install(8) and mkinitcpio(8)
 * take the command line of new entries and unified kernel images, and existing entries of
 * systemd-boot. rebuild_images.c rebuilds the images.
 */
#include "../../host/run_tool.h"
#include "../../host/sysroot_files.h"
#include "../boot_config.h"
#include "../boot_menu.h"
#include "kernel_cmdline_file.h"
#include "loader_entries.h"

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

static int set_words(struct changes *changes, const char *words, const char *old)
{
	/* Without kernel-install nothing would read a new file. */
	bool make = has_program(changes->sysroot, "kernel-install");

	(void)old;
	if (kernel_cmdline_file_set(changes, words, make) < 0)
		return -1;
	return loader_entries_set(changes, words);
}

const struct boot_config config_kernel_install = {
	.what = KERNEL_CMDLINE_FILE,
	.is_here = is_here,
	.read = kernel_cmdline_file_read,
	.set = set_words,
	.loader = "systemd-boot",
};
