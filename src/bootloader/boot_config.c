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
#include "staged_deployment.h"

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
	message_error("cannot tell where this system keeps its kernel command line: add "
		      "rd.vfio.claim=%s there yourself, or use --config, which writes "
		      "/etc/vfio-claim.conf",
		      claims);
}

/* Returns the name of the boot loader that started this boot, or NULL; U-Boot gives none. */
static char *find_loader(const char *sysroot)
{
	return boot_files_extlinux_is_read(sysroot) ? strdup("U-Boot") : efi_loader_name(sysroot);
}

/* Returns true if another boot loader than the place's started the running boot. */
static bool is_anothers(const struct boot_config *config, const char *loader)
{
	return config->loader && loader &&
	       strncmp(loader, config->loader, strlen(config->loader)) != 0;
}

const struct boot_config *boot_config_look(const char *sysroot)
{
	const struct boot_config *const *config, *found = NULL;
	char *loader;

	/* Other tools may be installed, but the system does not boot what they write. */
	if (is_ostree_booted(sysroot))
		return config_ostree.is_here(sysroot) ? &config_ostree : NULL;
	if (no_place_has_reason(sysroot))
		return NULL;
	loader = find_loader(sysroot);
	for (config = boot_config_places; *config; config++) {
		if (!(*config)->is_here(sysroot))
			continue;
		if (!found || !is_anothers(*config, loader))
			found = *config;
		if (!is_anothers(*config, loader))
			break;
	}
	free(loader);
	return found;
}

int boot_config_check_words(const char *words)
{
	char *unsafe = cmdline_unsafe_word(words);

	if (!unsafe)
		return 0;
	message_error(
		"'%s' cannot be written where a boot loader or a shell reads it: letters, digits "
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
		message_error("%s, line %u: cannot change %s: %s, then try again", file, line, name,
			      why);
	else
		message_errno(ENOMEM, "cannot change %s", file);
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
		message_errno(ENOMEM, "the boot menu");
	return words;
}
