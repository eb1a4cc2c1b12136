/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot_config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../host/claim_words.h"
#include "../host/messages.h"
#include "../host/shell_value.h"
#include "../host/sysroot_files.h"
#include "boot_menu.h"
#include "efi_loader.h"

/* Checks that the boot menu can be read. Returns 0, or -1 after printing an error. */
static int check_menu(const char *sysroot)
{
	struct boot_menu menu;
	int result;

	boot_menu_read(&menu, sysroot);
	result = boot_menu_check(&menu, sysroot);
	boot_menu_free(&menu);
	return result;
}

void boot_config_say_none(const char *sysroot)
{
	if (sysroot_has(sysroot, "/run/ostree-booted"))
		complain("this system uses rpm-ostree: use 'rpm-ostree kargs "
			 "--append-if-missing=rd.vfio.claim=SEL', and once 'rpm-ostree initramfs "
			 "--enable'");
	else if (check_menu(sysroot) == 0)
		complain("cannot tell where this system keeps its kernel command line: add "
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
	if (config_proxmox.is_here(sysroot))
		return &config_proxmox;
	/* If GRUB is installed too, the loader of the running boot decides. */
	if (efi_loader_is_systemd_boot(sysroot) && !config_kernelstub.is_here(sysroot) &&
	    config_kernel_install.is_here(sysroot))
		return &config_kernel_install;
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (all[i]->is_here(sysroot))
			return all[i];
	return NULL;
}

int boot_config_check_words(const char *words)
{
	char *unsafe = cmdline_unsafe_word(words);

	if (!unsafe)
		return 0;
	complain("'%s' cannot be written where a boot loader or a shell reads it: letters, digits "
		 "and _.,:@/*=+- are allowed; set it by hand, or without the other characters",
		 unsafe);
	free(unsafe);
	return -1;
}

int boot_config_say_trouble(const char *file, const char *text, const char *name)
{
	unsigned int line;
	const char *why = shell_trouble(text, name, &line);

	if (why)
		complain("%s, line %u: cannot change %s: %s, then try again", file, line, name,
			 why);
	else
		complain_errno(ENOMEM, "cannot change %s", file);
	return -1;
}

int boot_config_set(struct changes *changes, const struct boot_config *config, const char *words)
{
	size_t before = changes->count;
	char *old;
	int result;

	if (boot_config_check_words(words) < 0)
		return -1;
	if (!config->in_images && check_menu(changes->sysroot) < 0)
		return -1;
	old = config->read(changes->sysroot);
	result = old ? config->set(changes, words, old) : -1;
	if (result == 0 && config->apply &&
	    (changes->count > before || !boot_menu_is_as(changes->sysroot, words)))
		result = config->apply(changes);
	free(old);
	return result;
}

/* Returns @words, which it frees, plus our words on @cmdline that it lacks; or NULL. */
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
