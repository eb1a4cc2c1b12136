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
#include "boot_files.h"
#include "boot_menu.h"
#include "efi_loader.h"
#include "places/no_place.h"

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

void boot_config_say_none(const char *sysroot, const char *claims)
{
	claims = claims ? claims : "SEL";
	if (no_place_say(sysroot, claims) || check_menu(sysroot) < 0)
		return;
	complain("cannot tell where this system keeps its kernel command line: add "
		 "rd.vfio.claim=%s there yourself, or use --config, which writes "
		 "/etc/vfio-claim.conf",
		 claims);
}

/* Returns the first of @places that is here, or NULL. */
static const struct boot_config *first_here(const char *sysroot,
					    const struct boot_config *const *places)
{
	for (; *places; places++)
		if ((*places)->is_here(sysroot))
			return *places;
	return NULL;
}

/*
 * Returns true if rEFInd, which does not name itself in EFI variables, has started the running
 * boot: it passes the initramfs as a word, with backslashes, and GRUB passes BOOT_IMAGE.
 */
static bool is_refinds(const char *sysroot)
{
	char *running = sysroot_read(sysroot, "/proc/cmdline");
	char *initrd = running ? cmdline_value(running, "initrd") : NULL;
	char *image = running ? cmdline_value(running, "BOOT_IMAGE") : NULL;
	bool is = efi_loader_is(sysroot, "rEFInd") || (initrd && strchr(initrd, '\\') && !image);

	free(image);
	free(initrd);
	free(running);
	return is;
}

/* If several boot loaders are installed, the one of the running boot decides. */
static const struct boot_config *look_by_loader(const char *sysroot)
{
	static const struct boot_config *const systemd_boots[] = {
		&config_kernelstub,
		&config_sdboot_manage,
		&config_cmdline_d,
		&config_kernel_install,
		NULL,
	};
	static const struct boot_config *const limines[] = { &config_limine, NULL };
	static const struct boot_config *const refinds[] = { &config_refind, NULL };
	static const struct boot_config *const uboots[] = { &config_uboot, NULL };

	if (efi_loader_is_systemd_boot(sysroot))
		return first_here(sysroot, systemd_boots);
	if (efi_loader_is(sysroot, "Limine"))
		return first_here(sysroot, limines);
	if (boot_files_extlinux_is_read(sysroot))
		return first_here(sysroot, uboots);
	return is_refinds(sysroot) ? first_here(sysroot, refinds) : NULL;
}

const struct boot_config *boot_config_look(const char *sysroot)
{
	static const struct boot_config *const all[] = {
		&config_kernelstub,     &config_grubby, &config_grub_d,        &config_default_grub,
		&config_limine,         &config_refind, &config_sdboot_manage, &config_cmdline_d,
		&config_kernel_install, NULL,
	};
	const struct boot_config *config;

	if (no_place_has_reason(sysroot))
		return NULL;
	config = look_by_loader(sysroot);
	return config ? config : first_here(sysroot, all);
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

char *boot_config_join(char *words, const char *cmdline)
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
			words = boot_config_join(words, menu.entry[i].cmdline);
	boot_menu_free(&menu);
	if (!words)
		complain_errno(ENOMEM, "the boot menu");
	return words;
}
