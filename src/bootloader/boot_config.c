/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/sysroot_files.h"
#include "boot_menu.h"
#include "efi_loader.h"

void boot_config_say_none(const char *sysroot)
{
	if (sysroot_has(sysroot, "/run/ostree-booted"))
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

	if (sysroot_has(sysroot, "/run/ostree-booted"))
		return NULL;
	/* Where GRUB is installed, too, what has started this boot counts. */
	if (efi_loader_is_systemd_boot(sysroot) && !config_kernelstub.is_here(sysroot) &&
	    config_kernel_install.is_here(sysroot))
		return &config_kernel_install;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->is_here(sysroot))
			return all[i];
	return NULL;
}

/* @words, which is freed, with those of ours on @cmdline that it lacks. NULL without memory. */
static char *join(char *words, const char *cmdline)
{
	char *ours = words ? cmdline_ours(cmdline) : NULL;
	char *fresh = ours ? cmdline_without(ours, words) : NULL, *both = NULL;

	if (fresh && asprintf(&both, "%s%s%s", words, words[0] && fresh[0] ? " " : "", fresh) < 0)
		both = NULL;
	free(fresh);
	free(ours);
	free(words);
	return both;
}

char *boot_config_read_menu(const char *sysroot)
{
	char *words = strdup("");
	struct boot_menu menu;
	size_t i;

	boot_menu_read(&menu, sysroot);
	for (i = 0; i < menu.count; i++)
		if (menu.entry[i].kind == MENU_NORMAL)
			words = join(words, menu.entry[i].cmdline);
	boot_menu_free(&menu);
	if (!words)
		complain_errno(ENOMEM, "the boot menu");
	return words;
}
