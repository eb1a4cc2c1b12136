/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot_menu.h"
#include "claim_words.h"
#include "messages.h"
#include "paths.h"
#include "tree.h"

/* What systemd-boot and GRUB call themselves (the Boot Loader Interface), in UTF-16. */
#define LOADER_INFO "/sys/firmware/efi/efivars/LoaderInfo-4a67b082-0a4c-41cf-b6c7-440b29bb8c4f"

/* Where GRUB and others are both installed, the one that has started this boot counts. */
static bool is_systemd_boot(const char *sysroot)
{
	static const char name[] = "s\0y\0s\0t\0e\0m\0d\0-\0b\0o\0o\0t";
	char data[256];
	char *path = path_below(sysroot, LOADER_INFO);
	FILE *file = path ? fopen(path, "re") : NULL;
	size_t len = file ? fread(data, 1, sizeof(data), file) : 0;

	if (file)
		fclose(file);
	free(path);
	return memmem(data, len, name, sizeof(name) - 1);
}

void boot_config_say_none(const char *sysroot)
{
	if (tree_has(sysroot, "/run/ostree-booted"))
		complain("this system is rpm-ostree's: use 'rpm-ostree kargs "
			 "--append-if-missing=rd.vfio.claim=SEL', and once 'rpm-ostree initramfs "
			 "--enable'");
	else
		complain("no place is known where this system keeps its kernel command line: add "
			 "rd.vfio.claim=SEL there yourself, or use --config, which writes "
			 "/etc/vfio-claim.conf");
}

const struct boot_config *boot_config_look(const char *sysroot)
{
	static const struct boot_config *const all[] = {
		&config_kernelstub,   &config_grubby,         &config_grub_d,
		&config_default_grub, &config_kernel_install,
	};
	size_t i;

	if (tree_has(sysroot, "/run/ostree-booted"))
		return NULL;
	if (is_systemd_boot(sysroot) && !config_kernelstub.is_here(sysroot) &&
	    config_kernel_install.is_here(sysroot))
		return &config_kernel_install;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->is_here(sysroot))
			return all[i];
	return NULL;
}

char *boot_config_read_menu(const char *sysroot)
{
	struct boot_menu menu;
	char *words = NULL;
	size_t i;

	boot_menu_read(&menu, sysroot);
	for (i = 0; !words && i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL)
			words = cmdline_ours(menu.entry[i].cmdline);
	boot_menu_free(&menu);
	if (!words)
		words = strdup("");
	if (!words)
		complain_errno(ENOMEM, "the boot menu");
	return words;
}
